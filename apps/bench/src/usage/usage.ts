import { DatabaseCounters, type DatabaseUsage } from './database-usage.js';
import { quietness, readMachine, type MachineUsage, type Quietness } from './machine-usage.js';
import { cpuSecondsOf, residentMiBOf, type Watched } from './process-usage.js';
import { TopicCounters } from './topic-usage.js';

/** What is watched while a load runs. */
export interface Sources {
  readonly processes: readonly Watched[];
  /** Their URLs by the names of their owners, all of one server. */
  readonly databases: Readonly<Record<string, string>>;
  /** Undefined where no Kafka takes part. */
  readonly kafka: { readonly brokers: string; readonly topicPrefix: string } | undefined;
}

/** All counters at one moment. */
export interface Reading {
  readonly at: Date;
  /** By the name of the process. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly databases: DatabaseUsage;
  readonly records: number | null;
  readonly machine: MachineUsage;
}

/** What transactions cost, between two readings. */
export interface Cost {
  /** CPU seconds a thousand transactions, by the name of the process. */
  readonly cpuSecondsPerThousand: Readonly<Record<string, number>>;
  /** Resident memory at the end, by the name of the process. */
  readonly residentMiB: Readonly<Record<string, number>>;
  /** For each transaction, by the name of the database's owner. */
  readonly statementsPerTransaction: Readonly<Record<string, number>>;
  readonly commitsPerTransaction: Readonly<Record<string, number>>;
  readonly walBytesPerTransaction: number;
  /** Records that Kafka took; null where there is no Kafka. Messages that go together share a record. */
  readonly recordsPerTransaction: number | null;
  readonly quietness: Quietness;
}

/** Reads all counters at once, without holding up those that it watches. */
export class Usage {
  private constructor(
    private readonly processes: readonly Watched[],
    private readonly databases: DatabaseCounters,
    private readonly topics: TopicCounters | undefined,
  ) {}

  static async open({ processes, databases, kafka }: Sources): Promise<Usage> {
    const topics = kafka && (await TopicCounters.open(kafka.brokers, kafka.topicPrefix));
    return new Usage(processes, await DatabaseCounters.open(databases), topics);
  }

  async read(): Promise<Reading> {
    const [databases, records] = await Promise.all([this.databases.read(), this.topics?.read() ?? null]);
    const cpuSeconds = cpuSecondsOf(this.processes);
    return { at: new Date(), cpuSeconds, databases, records, machine: readMachine() };
  }

  /** By the name of the process. It holds everybody up for a moment: nothing may be timed meanwhile. */
  residentMiB(): Record<string, number> {
    return residentMiBOf(this.processes);
  }

  async close(): Promise<void> {
    await this.databases.close();
    await this.topics?.close();
  }
}

/** How many processors each process kept busy between two readings, by its name. */
export function coresBetween(before: Reading, after: Reading): Record<string, number> {
  const seconds = (after.at.getTime() - before.at.getTime()) / 1000;
  return Object.fromEntries(
    Object.entries(after.cpuSeconds).map(([name, cpuSeconds]) => [
      name,
      (cpuSeconds - (before.cpuSeconds[name] ?? 0)) / seconds,
    ]),
  );
}

/**
 * @param transactions how many ended between the two readings.
 * @param residentMiB by the name of the process, at the end.
 */
export function costBetween(
  before: Reading,
  after: Reading,
  transactions: number,
  residentMiB: Readonly<Record<string, number>>,
): Cost {
  const used = Object.entries(after.cpuSeconds).map(([name, cpuSeconds]): [string, number] => [
    name,
    cpuSeconds - (before.cpuSeconds[name] ?? 0),
  ]);
  const counted = (pick: 'statements' | 'commits') =>
    Object.fromEntries(
      [...after.databases.counts].map(([owner, count]) => [
        owner,
        (count[pick] - (before.databases.counts.get(owner)?.[pick] ?? 0)) / transactions,
      ]),
    );
  const seconds = (after.at.getTime() - before.at.getTime()) / 1000;
  return {
    cpuSecondsPerThousand: Object.fromEntries(
      used.map(([name, cpuSeconds]) => [name, (cpuSeconds * 1000) / transactions]),
    ),
    residentMiB,
    statementsPerTransaction: counted('statements'),
    commitsPerTransaction: counted('commits'),
    walBytesPerTransaction: (after.databases.walBytes - before.databases.walBytes) / transactions,
    recordsPerTransaction:
      after.records === null || before.records === null
        ? null
        : (after.records - before.records) / transactions,
    quietness: quietness(
      before.machine,
      after.machine,
      seconds,
      used.reduce((sum, [, cpuSeconds]) => sum + cpuSeconds, 0),
    ),
  };
}
