import pg from 'pg';
import { ownStack, type BenchStack } from '../bench-stack.js';
import { TopicCounters } from '../usage/topic-usage.js';
import { EQUAL_PARTICIPANTS } from '../work/equal-branches.js';
import { histogramsOf, type Taken } from './histograms.suite.js';
import { logPosition, writtenCommits } from './written-commits.suite.js';

type Owner = 'coordinator' | (typeof EQUAL_PARTICIPANTS)[number];
const OWNERS: readonly Owner[] = ['coordinator', ...EQUAL_PARTICIPANTS];

/** All counters at one moment. */
interface Counts {
  readonly position: string;
  readonly records: number;
  readonly histograms: ReadonlyMap<Owner, ReadonlyMap<string, Taken>>;
}

/** What was done between two moments. */
export interface Done {
  readonly records: number;
  /** SQL transactions that changed something. */
  commits(owner: Owner): number;
  /** What a histogram of a service took. */
  taken(owner: Owner, histogram: string): Taken;
}

/** A stack with participants of equal work, of which everything is counted. */
export class CountedStack {
  private constructor(
    readonly stack: BenchStack,
    /** Of the coordinator's database. */
    readonly rows: pg.Client,
    private readonly topics: TopicCounters,
  ) {}

  static async start(say: (line: string) => void): Promise<CountedStack> {
    const stack = await ownStack({ equalParticipants: true, say });
    const { databases, kafka } = stack.sources;
    if (!kafka) throw new Error('The stack runs without Kafka.');
    const rows = new pg.Client({ connectionString: databases['coordinator'] as string });
    await rows.connect();
    await rows.query('create extension pg_walinspect');
    await rows.query('create extension pg_stat_statements');
    return new CountedStack(stack, rows, await TopicCounters.open(kafka.brokers, kafka.topicPrefix));
  }

  get url(): string {
    return this.stack.urls['coordinator'] as string;
  }

  pidOf(process: string): number {
    const found = this.stack.sources.processes.find(({ name }) => name === process);
    if (!found) throw new Error(`There is no ${process}.`);
    return found.pid;
  }

  async during(work: () => Promise<unknown>): Promise<Done> {
    const before = await this.#count();
    await work();
    const after = await this.#count();
    const written = await writtenCommits(this.rows, before.position, after.position);
    const none: Taken = { count: 0, sum: 0 };
    return {
      records: after.records - before.records,
      commits: (owner) => written.get(this.#databaseOf(owner)) ?? 0,
      taken: (owner, name) => {
        const now = after.histograms.get(owner)?.get(name) ?? none;
        const then = before.histograms.get(owner)?.get(name) ?? none;
        return { count: now.count - then.count, sum: now.sum - then.sum };
      },
    };
  }

  async stop(): Promise<void> {
    await this.topics.close();
    await this.rows.end();
    await this.stack.stop();
  }

  async #count(): Promise<Counts> {
    const histograms = OWNERS.map(
      async (owner) => [owner, await histogramsOf(this.stack.urls[owner] as string)] as const,
    );
    return {
      histograms: new Map(await Promise.all(histograms)),
      records: await this.topics.read(),
      position: await logPosition(this.rows),
    };
  }

  #databaseOf(owner: Owner): string {
    return new URL(this.stack.sources.databases[owner] as string).pathname.slice(1);
  }
}
