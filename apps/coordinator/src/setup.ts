import { createTopics } from '@holdfast/bus';
import { topics } from '@holdfast/protocol';
import { busLog, openDatabase, readSettings } from '@holdfast/service';
import { transactionMigrations } from '@holdfast/store';
import { SetupSettings } from './settings.js';
import { topicPlan } from './topic-plan.js';

/** Creates the topics that are missing and brings the database up to date. It can be repeated at any time. */
const settings = readSettings('setup', SetupSettings, process.env);
const dataSource = await openDatabase({
  service: 'setup',
  url: settings.DATABASE_URL,
  poolSize: settings.DATABASE_POOL_SIZE,
  migrations: transactionMigrations,
});
await dataSource.destroy();
console.log('The database is up to date.');
if (settings.KAFKA_BROKERS) {
  const plan = topicPlan(topics(settings.TOPIC_PREFIX), settings.PARTICIPANTS, settings.REPLICATION_FACTOR);
  const created = await createTopics(
    { brokers: settings.KAFKA_BROKERS, clientId: 'holdfast-setup', log: busLog },
    plan,
  );
  console.log(created.length > 0 ? `Created ${created.join(', ')}.` : 'All topics were there.');
}
