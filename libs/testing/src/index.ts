export { CountingContext } from './counting-context.js';
export { createDatabase, databaseExists, dropDatabase, withClient } from './databases.js';
export { schemaFaults, statementFaults, type Distribution } from './distribution.js';
export { describeKafka } from './describe-kafka.js';
export { findKafka, type KafkaSource } from './kafka-source.js';
export { deleteTopics } from './kafka-topics.js';
export { cacheFolder, type KafkaInstall } from './kafka-install.js';
export { startKafka, type Kafka, type KafkaOptions } from './kafka.js';
export { ParticipantDriver, TestBranch, newXid } from './participant-driver.js';
export { claimPort, freePort } from './ports.js';
export { startPostgres, type Postgres, type PostgresOptions } from './postgres.js';
export {
  exitText,
  startProgram,
  whenReady,
  type Program,
  type ProgramExit,
  type ProgramOptions,
  type ReadinessOptions,
} from './program.js';
export { guardPath } from './reaper.js';
export { testDatabase, type TestDatabase, type TestDatabaseOptions } from './test-database.js';
export type { TestKitOptions } from './test-kit-options.js';
export { testKit, type Schedule } from './test-kit.js';
export { until, type UntilOptions } from './until.js';
export {
  isAlive,
  readStackFile,
  removeStackFile,
  stackFilePath,
  writeStackFile,
  type StackFile,
} from './stack-file.js';
