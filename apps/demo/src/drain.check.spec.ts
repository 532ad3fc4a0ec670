import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KafkaBus, type Bus } from '@holdfast/bus';
import { topics } from '@holdfast/protocol';
import { describeKafka, until } from '@holdfast/testing';
import pg from 'pg';
import { decideCheckouts, putOff } from './due-checkouts.suite.js';
import { askStack } from './stack/control.js';
import { startStack, type Stack } from './stack/stack.js';

/**
 * How fast what is due goes on while one service hangs: `npm run check:drain`, not part of `npm test` since it
 * measures, and wants a machine that has nothing else to do. Nothing is simulated: PostgreSQL, Kafka, the coordinator
 * and the services as they ship, and checkouts that were really begun and tried.
 */
const OTHERS = 9_000;
const HANGING = 1_000;
const OTHERS_MS_MAX = 15_000;
const OTHERS_PER_SECOND_MIN = 1_000;
const RETURN_MS_MAX = 10_000;
/** Five are asked anew every 2 s, and each waits 12 s at most for its answer before it is put off again. */
const PROBED_MAX = 50;
const START_MS_MAX = 300_000;
const PREPARE_MS_MAX = 240_000;

let folder: string;
let stack: Stack;
let rows: pg.Pool;
let silent: Bus | undefined;

async function query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await rows.query<Row>(text, values)).rows;
}

const openOf = async (name: string) =>
  (await query('select from transactions where name = $1 and ended_at is null', [name])).length;

/** Takes a service's place in its group: it takes all commands, says that it has handled them, and never answers. */
async function hang(name: string): Promise<void> {
  await askStack(folder, { action: 'stop', name });
  const names = topics();
  silent = new KafkaBus({
    brokers: [stack.addresses.brokers as string],
    clientId: 'silent',
    log: () => undefined,
  });
  await silent.subscribe({
    group: names.commandGroup(name),
    topics: [names.command(name)],
    decode: () => undefined,
    handle: () => Promise.resolve(),
  });
}

async function comeBack(name: string): Promise<void> {
  await silent?.close();
  await askStack(folder, { action: 'start', name });
}

/** How many ended in each second after `since`, in the database's time. */
async function endedBySecond(name: string, since: string): Promise<number[]> {
  const found = await query<{ second: number; count: number }>(
    `select floor(extract(epoch from ended_at - $2::timestamptz))::int as second, count(*)::int as count
     from transactions where name = $1 and ended_at is not null group by 1 order by 1`,
    [name, since],
  );
  return found.map(({ count }) => count);
}

async function lastEndMs(name: string, since: string): Promise<number> {
  const [row] = await query<{ ms: number }>(
    `select (extract(epoch from max(ended_at) - $2::timestamptz) * 1000)::float8 as ms
     from transactions where name = $1`,
    [name, since],
  );
  return row?.ms as number;
}

const now = async () => (await query<{ now: string }>('select now()::text as now'))[0]?.now as string;

describeKafka('10,000 due transactions, of which 1,000 wait for a service that hangs', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-drain-'));
    stack = await startStack(
      {
        ...{ folder, dataFolder: join(folder, 'data'), coordinators: 1, participants: {}, ports: {} },
        ...{ freshTopics: false, replayMode: false, impatient: false, lasting: false },
        say: (line) => process.stderr.write(`${line}\n`),
      },
      new AbortController().signal,
    );
    rows = new pg.Pool({ connectionString: stack.addresses.databases.coordinator, max: 2 });
  }, START_MS_MAX);

  afterAll(async () => {
    await silent?.close();
    await rows?.end();
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  }, PREPARE_MS_MAX);

  test(
    'I10, peer defect 2, peer defect 31: the others end at full speed, and what waited ends once the service answers again',
    async () => {
      await decideCheckouts(stack.addresses, rows, { unpaid: OTHERS, paid: HANGING });
      await askStack(folder, { action: 'stop', name: 'coordinator' });
      await putOff(rows);
      await hang('payment');
      await askStack(folder, { action: 'start', name: 'coordinator' });

      const [{ due } = { due: '' }] = await query<{ due: string }>(
        'with woken as (update transactions set wake_at = now() where true) select now()::text as due',
      );
      await until(async () => (await openOf('unpaid')) === 0, {
        what: 'the others to end',
        timeoutMs: 10 * OTHERS_MS_MAX,
      });
      const othersMs = await lastEndMs('unpaid', due);
      const perSecond = (OTHERS * 1_000) / othersMs;
      console.log(
        `${OTHERS} ended in ${(othersMs / 1_000).toFixed(1)} s, ${perSecond.toFixed(0)} a second: ` +
          `${(await endedBySecond('unpaid', due)).join(', ')} in each second.`,
      );

      await until(
        async () => (await query('select from participants where set_aside_since is not null')).length === 1,
        { what: 'payment to be set aside', timeoutMs: 30_000 },
      );
      const waiting = `select from transactions where ended_at is null and wake_at > now() + interval '1 min'`;
      await until(async () => (await query(waiting)).length >= HANGING - PROBED_MAX, {
        what: 'its work to wait, but for a few probes',
        timeoutMs: 30_000,
      });
      expect(await openOf('paid')).toBe(HANGING);

      await comeBack('payment');
      const back = await now();
      await until(async () => (await openOf('paid')) === 0, {
        what: 'what waited to end',
        timeoutMs: 10 * RETURN_MS_MAX,
      });
      const returnMs = await lastEndMs('paid', back);
      console.log(`${HANGING} ended ${(returnMs / 1_000).toFixed(1)} s after payment was back.`);
      expect(await query(`select from transactions where phase <> 'confirmed'`)).toEqual([]);

      expect(othersMs).toBeLessThan(OTHERS_MS_MAX);
      expect(perSecond).toBeGreaterThan(OTHERS_PER_SECOND_MIN);
      expect(returnMs).toBeLessThan(RETURN_MS_MAX);
    },
    PREPARE_MS_MAX * 2,
  );
});
