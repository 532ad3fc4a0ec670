import { join } from 'node:path';
import {
  createDatabase,
  databaseExists,
  exitText,
  startKafka,
  startPostgres,
  startProgram,
  type KafkaInstall,
} from '@holdfast/testing';
import { inheritedEnvironment } from './app-parts.js';
import { appProgram, type StackPlan } from './stack-plan.js';
import type { Part } from './supervised.js';

export interface InfrastructureOptions {
  readonly plan: StackPlan;
  readonly dataFolder: string;
  readonly logFolder: string;
  /** Whether it is to run for longer than some minutes. */
  readonly lasting: boolean;
}

export function postgresPart({ plan, dataFolder, logFolder }: InfrastructureOptions): Part {
  const port = plan.postgresPort;
  return {
    name: 'postgres',
    addresses: [{ name: 'postgres', url: adminUrl(plan) }],
    start: (signal) =>
      startPostgres({
        dataDir: join(dataFolder, 'postgres'),
        logFile: join(logFolder, 'postgres.log'),
        port,
        settings: {
          shared_buffers: '256MB',
          max_wal_size: '2GB',
          // Room for further participants and for whoever measures.
          max_connections: 300,
          // Counts statements by database, for the benchmark and for whoever wonders.
          shared_preload_libraries: 'pg_stat_statements',
        },
        signal,
      }),
  };
}

export function kafkaPart(
  install: KafkaInstall,
  { plan, dataFolder, logFolder, lasting }: InfrastructureOptions,
): Part {
  const port = plan.kafkaPort;
  return {
    name: 'kafka',
    addresses: [{ name: 'kafka', url: `127.0.0.1:${port}` }],
    start: (signal) =>
      startKafka({
        install,
        dir: join(dataFolder, 'kafka'),
        logFile: join(logFolder, 'kafka.log'),
        port,
        lasting,
        signal,
      }),
  };
}

/** Creates the databases that are not there yet; each service brings its own tables. */
export async function createDatabases(plan: StackPlan): Promise<void> {
  for (const url of Object.values(plan.databases)) {
    const name = new URL(url).pathname.slice(1);
    if (!(await databaseExists(adminUrl(plan), name))) await createDatabase(adminUrl(plan), name);
  }
}

/** Runs `holdfast setup`: topics, and the tables of its database. It can be repeated. */
export async function runSetup(env: NodeJS.ProcessEnv, logFolder: string): Promise<void> {
  const program = await startProgram({
    command: process.execPath,
    args: ['--enable-source-maps', appProgram('cli'), 'setup'],
    env: { ...inheritedEnvironment(), ...env },
    logFile: join(logFolder, 'setup.log'),
  });
  const exit = await program.exited;
  if (exit.code !== 0) throw new Error(`The setup failed (${exitText(exit)}).\n${await program.lastWords()}`);
}

function adminUrl({ postgresPort }: StackPlan): string {
  return `postgres://postgres@127.0.0.1:${postgresPort}/postgres`;
}
