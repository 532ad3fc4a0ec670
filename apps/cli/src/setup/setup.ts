import { createTopics } from '@holdfast/bus';
import { topics } from '@holdfast/protocol';
import { openDatabase } from '@holdfast/service';
import { EXIT, type ExitCode } from '../exit-code.js';
import type { Terminal } from '../terminal.js';
import { coordinatorDatabase } from './coordinator-database.js';
import { InstallationSettings, settingsOf } from './installation-settings.js';
import { kafkaConnection } from './kafka-connection.js';
import { topicPlan } from './topic-plan.js';

/** Brings the database up to date and creates the topics that are missing. It can be repeated at any time. */
export async function setup(terminal: Terminal): Promise<ExitCode> {
  const settings = settingsOf(InstallationSettings, terminal);
  const dataSource = await openDatabase(coordinatorDatabase(settings));
  await dataSource.destroy();
  terminal.print('The database is up to date.');
  const { KAFKA_BROKERS: brokers, TOPIC_PREFIX, PARTICIPANTS, REPLICATION_FACTOR } = settings;
  if (brokers === undefined) {
    terminal.print('No topics were made: KAFKA_BROKERS is not given.');
    return EXIT.ok;
  }
  const plan = topicPlan(topics(TOPIC_PREFIX), PARTICIPANTS, REPLICATION_FACTOR);
  const created = await createTopics(kafkaConnection(brokers, settings, terminal), plan);
  terminal.print(created.length > 0 ? `Created ${created.join(', ')}.` : 'All topics were there.');
  return EXIT.ok;
}
