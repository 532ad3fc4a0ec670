import { KafkaBus, findTopics, type KafkaConnection } from '@holdfast/bus';
import { READ_DURABILITY, deadLetterTopic, topics, type Durability } from '@holdfast/protocol';
import { StartError, connectDatabase, schemaState } from '@holdfast/service';
import type { DataSource } from 'typeorm';
import type { ExitCode } from '../exit-code.js';
import type { Terminal } from '../terminal.js';
import { coordinatorDatabase } from '../setup/coordinator-database.js';
import { InstallationSettings, settingsOf, type DatabaseSettings } from '../setup/installation-settings.js';
import { kafkaConnection } from '../setup/kafka-connection.js';
import { topicPlan } from '../setup/topic-plan.js';
import { consumerFinding, deadLetterFinding } from './consumer-findings.js';
import { clockFinding, durabilityFindings, schemaFinding, type ClockReading } from './database-findings.js';
import { exitCodeOf, fault, warning, type Finding } from './finding.js';
import { topicFindings } from './topic-findings.js';

const CLOCK_READINGS = 5;

/** Checks what an installation stands on, and says for whatever is amiss what to do. */
export async function doctor(options: { readonly json: boolean }, terminal: Terminal): Promise<ExitCode> {
  const settings = settingsOf(InstallationSettings, terminal);
  const findings = [...(await databaseFindings(settings)), ...(await kafkaFindings(settings, terminal))];
  if (options.json) terminal.print(JSON.stringify({ findings }, null, 2));
  else
    for (const { check, state, sentence } of findings)
      terminal.print(`${state.toUpperCase().padEnd(7)}  ${check}: ${sentence}`);
  return exitCodeOf(findings);
}

async function databaseFindings(settings: DatabaseSettings): Promise<Finding[]> {
  try {
    const dataSource = await connectDatabase(coordinatorDatabase(settings));
    try {
      const [durability] = await dataSource.query<[Durability]>(READ_DURABILITY);
      return [
        schemaFinding(await schemaState(dataSource)),
        ...durabilityFindings(durability),
        clockFinding(await readClock(dataSource)),
      ];
    } finally {
      await dataSource.destroy();
    }
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return [fault('database', `${error.message} See DATABASE_URL, and whether the server runs.`)];
  }
}

async function readClock(dataSource: DataSource): Promise<ClockReading[]> {
  const readings: ClockReading[] = [];
  while (readings.length < CLOCK_READINGS) {
    const before = Date.now();
    const [{ now }] = await dataSource.query<[{ now: Date }]>('select clock_timestamp() as now');
    readings.push({ before, database: now.getTime(), after: Date.now() });
  }
  return readings;
}

async function kafkaFindings(settings: InstallationSettings, terminal: Terminal): Promise<Finding[]> {
  const { KAFKA_BROKERS: brokers, TOPIC_PREFIX, PARTICIPANTS, REPLICATION_FACTOR } = settings;
  if (brokers === undefined)
    return [warning('kafka', 'Kafka was not looked at: give KAFKA_BROKERS, as the services have it.')];
  try {
    const connection = kafkaConnection(brokers, settings, terminal);
    const plan = topicPlan(topics(TOPIC_PREFIX), PARTICIPANTS, REPLICATION_FACTOR);
    const found = await findTopics(
      connection,
      plan.map(({ topic }) => topic),
    );
    return [...topicFindings(plan, found), ...(await readerFindings(connection, settings))];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [fault('kafka', `Kafka does not answer (${reason}): see KAFKA_BROKERS, and whether it runs.`)];
  }
}

async function readerFindings(
  connection: KafkaConnection,
  { TOPIC_PREFIX, PARTICIPANTS }: InstallationSettings,
): Promise<Finding[]> {
  const names = topics(TOPIC_PREFIX);
  const readers = [
    { who: 'coordinator', topic: names.reply, group: names.replyGroup },
    ...PARTICIPANTS.map((who) => ({ who, topic: names.command(who), group: names.commandGroup(who) })),
  ];
  const deadLetters = readers.map(({ topic }) => deadLetterTopic(topic));
  const bus = new KafkaBus(connection);
  try {
    const consumers = await bus.consumers(readers.map(({ group }) => group));
    const lags = await bus.lag(readers);
    const counts = await bus.lag(deadLetters.map((topic) => ({ group: null, topic })));
    return [
      ...readers.map(({ who, topic }, at) =>
        consumerFinding({ who, topic, consumers: consumers[at] ?? 0, lag: lags[at] ?? 0 }),
      ),
      deadLetterFinding(deadLetters.map((topic, at) => ({ topic, count: counts[at] ?? 0 }))),
    ];
  } finally {
    await bus.close();
  }
}
