import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeKafka, withClient } from '@holdfast/testing';
import { benchStack, type BenchStack } from './bench-stack.js';
import { History } from './history.suite.js';
import { measure, type Measured } from './measure.js';
import type { Point } from './point.js';
import { EQUAL_PARTICIPANTS } from './work/equal-branches.js';

/**
 * Whether anything gets slower as the tables fill: `npm run check:growth`, not part of `npm test` since it makes some
 * 30 GB of rows first, which takes minutes. It measures, so it wants a machine that has nothing else to do.
 */
const FINISHED = 10_000_000;
const FENCE_ROWS = 2_000_000;
const SHARE_MIN = 0.9;
const FULL_LOAD: Point = {
  ...{ participants: 'rows', way: 'declared', branches: 4, hot: false },
  load: { kind: 'closed', inFlight: 1_024 },
};
const WINDOW = { warmUpSeconds: 15, seconds: 20 };
const TEST_MS_MAX = 3_600_000;

let stack: BenchStack;
let coordinator: History;
let participants: History[];

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The pages that a claim looks at, on average since the last call. */
function pagesOfClaim(): Promise<number> {
  // The database in which the benchmark has made that extension; it counts for all.
  const url = new URL('/postgres', stack.sources.databases['coordinator']);
  return withClient(url.href, async (client) => {
    const { rows } = await client.query<{ pages: number }>(
      `select sum(shared_blks_hit + shared_blks_read)::float8 / sum(calls) as pages
       from pg_stat_statements where toplevel and query like '%left_behind%'`,
    );
    await client.query('select pg_stat_statements_reset()');
    return rows[0]?.pages as number;
  });
}

async function run(tables: string): Promise<Measured> {
  await pagesOfClaim();
  const measured = await measure(stack, FULL_LOAD, WINDOW);
  const { cpuSecondsPerThousand, walBytesPerTransaction, quietness } = measured.cost;
  const cpu = Object.entries(cpuSecondsPerThousand).map(([name, seconds]) => `${name} ${seconds.toFixed(2)}`);
  say(
    `${tables}: ${measured.endedPerSecond.toFixed(0)} ended a second, p99 ${measured.seen.ended?.p99Ms.toFixed(0)} ms, ` +
      `${(walBytesPerTransaction / 1024).toFixed(1)} KiB of WAL each; ` +
      `a claim looks at ${(await pagesOfClaim()).toFixed(0)} pages; CPU seconds a thousand: ${cpu.join(', ')}; ` +
      `others took ${(100 * quietness.foreignShare).toFixed(0)}% of the machine, its host ${(100 * quietness.stolenShare).toFixed(0)}%`,
  );
  expect(measured.seen).toMatchObject({ errors: 0, cancelled: 0, refused: 0 });
  return measured;
}

/** Fills all tables; when it resolves, the disk has what that wrote, and nothing is left to do of it. */
async function fill(): Promise<void> {
  await Promise.all([
    coordinator.fill(FINISHED, say),
    ...participants.map((each) => each.fill(FENCE_ROWS, say)),
  ]);
  await withClient(stack.sources.databases['coordinator'] as string, (client) => client.query('checkpoint'));
}

async function empty(): Promise<void> {
  await Promise.all([coordinator, ...participants].map((each) => each.empty()));
}

describeKafka('with 10,000,000 finished transactions and 2,000,000 fence rows', () => {
  beforeAll(async () => {
    stack = await benchStack({ equalParticipants: true, say });
    const { databases } = stack.sources;
    coordinator = new History(databases['coordinator'] as string, 'coordinator');
    participants = EQUAL_PARTICIPANTS.map((name) => new History(databases[name] as string, 'participant'));
  }, TEST_MS_MAX);

  afterAll(async () => {
    await stack?.stop();
  }, TEST_MS_MAX);

  test(
    'as much ends in a second as on empty tables',
    async () => {
      await measure(stack, FULL_LOAD, WINDOW); // Node's compiler, and the rows to copy.
      await empty();
      const before = await run('empty');
      await fill();
      const full = await run('full');
      await empty();
      const after = await run('empty');
      const share = (2 * full.endedPerSecond) / (before.endedPerSecond + after.endedPerSecond);
      say(`Full tables: ${(100 * share).toFixed(0)}% of empty ones.`);
      expect(share).toBeGreaterThan(SHARE_MIN);
    },
    TEST_MS_MAX,
  );
});
