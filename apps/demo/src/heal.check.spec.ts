import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeKafka, readStackFile, until } from '@holdfast/testing';
import pg from 'pg';
import { CheckoutLoad } from './checkout-load.suite.js';
import { ReadinessWatch } from './readiness-watch.suite.js';
import { percentile } from './replay/percentile.js';
import { startStack, type Stack } from './stack/stack.js';

/**
 * How long a death is felt: `npm run check:heal`, not part of `npm test` since it measures, and wants a machine that
 * has nothing else to do. Each process is killed while hundreds of checkouts are in doubt and more keep coming.
 */
const START_MS_MAX = 300_000;
const CASE_MS_MAX = 180_000;
const IN_DOUBT_MIN = 100;
const TAKE_OVER_MS_MAX = 2_000;
const HEAL_MS_MAX = 15_000;
const LATE_MS_P99_MAX = 5_000;
const LATE_MS_MAX = 30_000;

/** What one death cost. Times are milliseconds. */
interface Death {
  /** From the kill until it could be used again. */
  readonly downMs: number;
  /** From the kill until every `/readyz` was true for good. */
  readonly readyMs: number;
  /** From the kill until what was in doubt had ended or another holder: of a coordinator, what others took over. */
  readonly takenOverMs: number;
  /** Begun and not ended when it was killed. */
  readonly inDoubt: number;
  /** How long after the heal each one ended that was still open then. */
  readonly lateMs: readonly number[];
}

let folder: string;
let stack: Stack;
let load: CheckoutLoad;
let readiness: ReadinessWatch;
let rows: pg.Pool;
const deaths = new Map<string, Death>();

async function query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await rows.query<Row>(text, values)).rows;
}

const processOf = (name: string) => {
  const found = readStackFile(folder)?.processes.find((each) => each.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};

describeKafka('after kill -9', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-heal-'));
    stack = await startStack(
      {
        ...{ folder, dataFolder: join(folder, 'data'), coordinators: 2, participants: {}, ports: {} },
        ...{
          freshTopics: true,
          replayMode: false,
          impatient: false,
          lasting: false,
          say: (line) => said(line),
        },
      },
      new AbortController().signal,
    );
    const { addresses } = stack;
    rows = new pg.Pool({ connectionString: addresses.databases.coordinator, max: 2 });
    rows.on('error', () => undefined); // PostgreSQL is killed, too.
    load = await CheckoutLoad.start(addresses);
    readiness = new ReadinessWatch([...addresses.coordinators, ...Object.values(addresses.services)]);
  }, START_MS_MAX);

  afterAll(async () => {
    readiness?.stop();
    await load?.stop();
    await rows?.end();
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
    console.log(table());
  }, CASE_MS_MAX);

  test.each(['coordinator', 'coordinator-2', 'payment', 'postgres', 'kafka'])(
    '%s: all are ready soon, and what was in doubt ends',
    async (victim) => {
      const death = await kill9(victim);
      deaths.set(victim, death);
      // A server is awaited until it can be used; one of ours counts from the kill, as it is started again at once.
      const isServer = victim === 'postgres' || victim === 'kafka';
      expect(death.readyMs - (isServer ? death.downMs : 0)).toBeLessThan(HEAL_MS_MAX);
      expect(percentile(death.lateMs, 0.99) ?? 0).toBeLessThan(LATE_MS_P99_MAX);
      expect(Math.max(0, ...death.lateMs)).toBeLessThan(LATE_MS_MAX);
      if (victim.startsWith('coordinator')) expect(death.takenOverMs).toBeLessThan(TAKE_OVER_MS_MAX);
    },
    CASE_MS_MAX,
  );

  test('whoever began a checkout was told what became of it', async () => {
    await load.stop();
    expect(load.unanswered).toEqual([]);
    expect(await query('select xid from transactions where ended_at is null')).toEqual([]);
  });
});

async function kill9(victim: string): Promise<Death> {
  await readiness.untilReady();
  const { pid, restarts } = processOf(victim);
  load.burst();
  const open = () =>
    query<{ xid: string; holder: string }>('select xid, holder from transactions where ended_at is null');
  const enough = async () => {
    const found = await open();
    return found.length >= IN_DOUBT_MIN && found;
  };
  const inDoubt = await until(enough, { what: 'checkouts in doubt', intervalMs: 1 });
  process.kill(pid as number, 'SIGKILL');
  const killedAt = Date.now();
  readiness.expectChange();
  const since = () => Date.now() - killedAt;

  const isTakenOver = async () => {
    const now = new Map((await open()).map(({ xid, holder }) => [xid, holder]));
    return inDoubt.every(({ xid, holder }) => now.get(xid) !== holder);
  };
  const takenOver = until(isTakenOver, { what: 'others to take over', timeoutMs: 60_000 }).then(since);
  const runsAgain = () => processOf(victim).restarts > restarts && processOf(victim).state === 'running';
  await until(runsAgain, { what: `${victim} to run again`, timeoutMs: 60_000 });
  const downMs = since();
  await readiness.untilReady();
  const takenOverMs = await takenOver;
  const { readySince } = readiness;
  const openOnes = `select from transactions where ended_at is null and began_at <= to_timestamp($1::float8 / 1000)`;
  const haveEnded = async () => (await query(openOnes, [readySince])).length === 0;
  await until(haveEnded, { what: 'what was in doubt to end', timeoutMs: 120_000 });
  const late = await query<{ ms: number }>(
    `select extract(epoch from ended_at)::float8 * 1000 - $1::float8 as ms from transactions
     where began_at <= to_timestamp($1::float8 / 1000) and ended_at > to_timestamp($1::float8 / 1000)`,
    [readiness.readySince],
  );
  return {
    ...{ downMs, takenOverMs, readyMs: readiness.readySince - killedAt },
    ...{ inDoubt: inDoubt.length, lateMs: late.map(({ ms }) => ms) },
  };
}

function said(line: string): void {
  process.stderr.write(`${line}\n`);
}

function table(): string {
  const seconds = (ms: number | null) => (ms === null ? '-' : `${(ms / 1000).toFixed(1)} s`);
  const lines = [...deaths].map(
    ([victim, { downMs, readyMs, takenOverMs, inDoubt, lateMs }]) =>
      `| ${victim} | ${seconds(downMs)} | ${seconds(readyMs)} | ${seconds(victim.startsWith('coordinator') ? takenOverMs : null)} | ${inDoubt} | ` +
      `${lateMs.length} | ${seconds(percentile(lateMs, 0.99))} | ${seconds(Math.max(0, ...lateMs))} |`,
  );
  const head =
    '| killed | down | all ready | its work taken over | in doubt at the kill | open when all were ready | ended after that, p99 | max |';
  return [head, '|---|---|---|---|---|---|---|---|', ...lines].join('\n');
}
