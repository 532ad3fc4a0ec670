import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findKafka, type KafkaSource } from '@holdfast/testing';
import { appParts, appsInOneProcess } from './app-parts.js';
import { createDatabases, kafkaPart, postgresPart, runSetup } from './infrastructure.js';
import { configureApps, planStack, setupEnvironment, SHOP_SERVICES, urlOf } from './stack-plan.js';
import type { Owner, ShopService, StackPlan } from './stack-plan.js';
import { Supervisor } from './supervisor.js';
import { topicSpace } from './topic-space.js';

export interface StackOptions {
  /** Holds `stack.json`, the control socket and `logs/`. */
  readonly folder: string;
  /** Holds the databases and Kafka's log. What is there from an earlier run is used. */
  readonly dataFolder: string;
  /** How many coordinators, 1 at least. */
  readonly coordinators: number;
  /** Ports by the name of the process; the others get free ones. */
  readonly ports: Readonly<Record<string, number>>;
  /** Further participants beside the shop's services: their built programs by their names. */
  readonly participants: Readonly<Record<string, string>>;
  /** Whether it starts without old messages, also on a Kafka that runs already: there it gets topics of its own. */
  readonly freshTopics: boolean;
  /** Whether the order service accepts orders of the past. */
  readonly replayMode: boolean;
  /** Whether coordinators call a transaction hung after seconds instead of minutes. */
  readonly impatient: boolean;
  /** Whether it is to run for longer than some minutes: Kafka then compiles what it runs as well as it can. */
  readonly lasting: boolean;
  /** Takes a line for the person who watches. */
  readonly say: (line: string) => void;
}

/** Where to reach what runs. */
export interface StackAddresses {
  readonly bus: 'kafka' | 'memory';
  /** Undefined with the memory bus. */
  readonly brokers: string | undefined;
  readonly coordinators: readonly string[];
  readonly services: Readonly<Record<ShopService, string>>;
  readonly databases: Readonly<Record<Owner, string>>;
}

/** A running stack. */
export interface Stack {
  readonly addresses: StackAddresses;
  /** Resolves with the reason when a process died too often; the rest still runs then. */
  readonly failed: Promise<Error>;
  /** Resolves when `npm run stack -- stop` asks for the end. */
  readonly stopRequested: Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts databases, bus, coordinators and services, in this order, and resolves when all are ready. Whatever goes
 * wrong, and when the signal is aborted, it rejects with nothing left running.
 */
export async function startStack(options: StackOptions, signal: AbortSignal): Promise<Stack> {
  const kafka = await findKafka(process.env, options.say);
  const plan = await planStack(options);
  const { folder, say } = options;
  const supervisor = new Supervisor({ folder, bus: busOf(kafka), databases: plan.databases, say });
  await supervisor.open();
  await rm(join(folder, 'logs'), { recursive: true, force: true }); // Of the last run.
  const topics = topicSpace(kafka, options.freshTopics);
  const stop = async (): Promise<void> => {
    await supervisor.stop();
    await topics.remove();
  };
  const stopOnAbort = (): void => {
    say('Stopping ...');
    void supervisor.stop();
  };
  signal.addEventListener('abort', stopOnAbort);
  try {
    signal.throwIfAborted();
    const addresses = await startProcesses(supervisor, plan, kafka, topics.prefix, options);
    signal.throwIfAborted();
    return { addresses, failed: supervisor.failed, stopRequested: supervisor.stopRequested, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    signal.removeEventListener('abort', stopOnAbort);
  }
}

async function startProcesses(
  supervisor: Supervisor,
  plan: StackPlan,
  kafka: KafkaSource,
  topicPrefix: string,
  { folder, dataFolder, replayMode, impatient, lasting, say }: StackOptions,
): Promise<StackAddresses> {
  const logFolder = join(folder, 'logs');
  const infrastructure = { plan, dataFolder, logFolder, lasting };
  const brokers = brokersOf(kafka, plan);
  say(kafka.kind === 'install' ? 'Starting PostgreSQL and Kafka ...' : 'Starting PostgreSQL ...');
  await supervisor.startStage([
    postgresPart(infrastructure),
    ...(kafka.kind === 'install' ? [kafkaPart(kafka.install, infrastructure)] : []),
  ]);
  const configuration = { plan, brokers, topicPrefix, replayMode, impatient };
  await createDatabases(plan);
  await runSetup(setupEnvironment(configuration), logFolder);
  say(`Starting ${plan.apps.map(({ name }) => name).join(', ')}${busRemark(kafka)} ...`);
  const apps = configureApps(configuration);
  await supervisor.startStage(
    brokers === undefined ? [appsInOneProcess(apps, logFolder)] : appParts(apps, logFolder),
  );
  return {
    bus: busOf(kafka),
    brokers,
    coordinators: plan.apps.filter(({ app }) => app === 'coordinator').map(({ url }) => url),
    services: Object.fromEntries(SHOP_SERVICES.map((name) => [name, urlOf(plan, name)])) as Record<
      ShopService,
      string
    >,
    databases: plan.databases,
  };
}

function busOf(kafka: KafkaSource): 'kafka' | 'memory' {
  return kafka.kind === 'none' ? 'memory' : 'kafka';
}

function brokersOf(kafka: KafkaSource, plan: StackPlan): string | undefined {
  switch (kafka.kind) {
    case 'running':
      return kafka.brokers;
    case 'install':
      return `127.0.0.1:${plan.kafkaPort}`;
    case 'none':
      return undefined;
  }
}

function busRemark(kafka: KafkaSource): string {
  if (kafka.kind === 'running') return ` on the Kafka of KAFKA_BROKERS (${kafka.brokers})`;
  return kafka.kind === 'none' ? ` in one process with a memory bus, since ${kafka.reason}` : '';
}
