import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TccClient } from '@holdfast/client';
import { describeKafka, until } from '@holdfast/testing';
import { ClientInitiator } from '../load/client-initiator.js';
import { ClosedLoop } from '../load/closed-loop.js';
import { Tally } from '../load/tally.js';
import { Transactions } from '../load/transactions.js';
import { EQUAL_PARTICIPANTS } from '../work/equal-branches.js';
import { EqualWork } from '../work/equal-work.js';
import { CountedStack } from './counted-stack.suite.js';
import { complaintAbout, figureTable, type FigureName } from './figure-limits.suite.js';

/**
 * What the product costs where no machine has a say: `npm run check:figures`, under a minute. The limits stand in
 * figure-limits.suite.ts.
 */
const START_MS_MAX = 300_000;
const CASE_MS_MAX = 60_000;

const ALONE = 30;
const INTERACTIVE = 10;
const FULL = 1_024;
const FULL_WARM_UP_MS = 2_000;
const FULL_MS = 3_000;
const FINISHED = 30_000;
const DUE = 10;
/** The first hundred of those that are due wait for the participant that hangs. */
const DRAINED = { hanging: 100, others: 900, msMax: 15_000 };

const work = new EqualWork({ participants: 'rows', branches: 4, hot: false });
const workOfTwo = new EqualWork({ participants: 'rows', branches: 2, hot: false });
const found = new Map<FigureName, number>();

function judge(figures: Partial<Record<FigureName, number>>): void {
  const entries = Object.entries(figures) as [FigureName, number][];
  for (const [name, value] of entries) found.set(name, value);
  const complaints = entries.flatMap(([name, value]) => complaintAbout(name, value) ?? []);
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
}

let counted: CountedStack;
let tcc: TccClient;

describeKafka('figures that no machine changes', () => {
  beforeAll(async () => {
    counted = await CountedStack.start((line) => process.stderr.write(`${line}\n`));
    tcc = new TccClient({ url: counted.url });
    // A participant announces its resources when it starts: until that is heard, nobody may name them.
    const isHeard = () => declared().then(() => true);
    await until(isHeard, { what: 'a first transaction to end', timeoutMs: CASE_MS_MAX });
  }, START_MS_MAX);

  afterAll(async () => {
    await tcc?.close();
    await counted?.stop();
    console.log(figureTable(found));
  }, CASE_MS_MAX);

  test(
    'a declared transaction that is alone',
    async () => {
      const done = await counted.during(async () => {
        for (let n = 0; n < ALONE; n++) await declared();
      });
      const ofBranches = EQUAL_PARTICIPANTS.map((name) => done.commits(name) / ALONE);
      judge({
        declaredCommits: done.commits('coordinator') / ALONE,
        branchCommits: Math.max(...ofBranches),
        records: done.records / ALONE,
      });
    },
    CASE_MS_MAX,
  );

  test(
    'an interactive one that is alone',
    async () => {
      const done = await counted.during(async () => {
        for (let n = 0; n < INTERACTIVE; n++) await interactive();
      });
      judge({ interactiveCommits: done.commits('coordinator') / INTERACTIVE });
    },
    CASE_MS_MAX,
  );

  test(
    '1,024 in flight',
    async () => {
      const initiator = new ClientInitiator(counted.url, 'declared');
      const tally = new Tally();
      const load = new ClosedLoop(new Transactions(initiator, work, tally, Infinity), FULL);
      await delay(FULL_WARM_UP_MS);
      const done = await counted.during(() => delay(FULL_MS));
      const { errorSamples } = tally.shut();
      await load.end();
      await initiator.close();
      expect(errorSamples).toEqual([]);
      const mean = (...args: Parameters<typeof done.taken>) => {
        const { sum, count } = done.taken(...args);
        return sum / count;
      };
      const batches = 'holdfast_participant_batch_commands';
      const statements = 'holdfast_participant_commit_statements';
      judge({
        recordsWhenFull:
          done.records / done.taken('coordinator', 'holdfast_transactions_duration_seconds').count,
        begins: mean('coordinator', 'holdfast_engine_begin_rows'),
        saves: mean('coordinator', 'holdfast_engine_save_rows'),
        batchCommands: Math.min(...EQUAL_PARTICIPANTS.map((name) => mean(name, batches))),
        batchStatements: Math.max(...EQUAL_PARTICIPANTS.map((name) => mean(name, statements))),
      });
    },
    CASE_MS_MAX,
  );

  test(
    'a claim on a filled table',
    async () => {
      await copy(`phase = 'confirmed'`, FINISHED, '{}');
      // The more the load before has ended, the more it has left in the index for the next claims to walk over. That is
      // not what is measured: it is cleaned up, as autovacuum does.
      await counted.rows.query('vacuum (analyze) transactions');
      await open('due');
      await counted.rows.query('select pg_stat_statements_reset()');
      await until(async () => (await claims()).calls >= 2, { what: 'claims that find nothing' });
      // Together: a claim in between would find nothing, and be counted.
      await counted.rows.query('begin');
      await copy(`name = 'due'`, DUE, dueAt('2020-01-01'));
      await counted.rows.query('select pg_stat_statements_reset()');
      await counted.rows.query('commit');
      await until(async () => (await unresolved('due', 'holder is not null')) === DUE + 1, {
        what: 'a claim of all that is due',
      });
      judge({ claimBuffers: (await claims()).buffers });
    },
    CASE_MS_MAX,
  );

  test(
    'the drain of what is due while a participant hangs',
    async () => {
      const { hanging, others, msMax } = DRAINED;
      const [hangs, ...works] = EQUAL_PARTICIPANTS.toReversed();
      signal('SIGSTOP', EQUAL_PARTICIPANTS);
      try {
        const runs = [declared('hanging', work), declared('others', workOfTwo)];
        const isBegun = async () => (await unresolved('hanging')) + (await unresolved('others')) === 2;
        await until(isBegun, { what: 'the begins' });
        await copy(`name = 'hanging'`, hanging, dueAt('2020-01-01'));
        await copy(`name = 'others'`, others, dueAt('2020-01-02'));
        signal('SIGCONT', works);
        const areDrained = async () => (await unresolved('others')) === 0;
        await until(areDrained, { what: 'the others to end', timeoutMs: msMax }).catch(() => undefined);
        expect(await unresolved('hanging')).toBe(hanging + 1);
        judge({ drained: 1 - (await unresolved('others')) / others });
        signal('SIGCONT', [hangs as string]);
        await Promise.all(runs);
        await until(async () => (await unresolved('hanging')) === 0, { what: 'the end of all' });
      } finally {
        signal('SIGCONT', EQUAL_PARTICIPANTS);
      }
    },
    CASE_MS_MAX,
  );
});

function signal(name: NodeJS.Signals, processes: readonly string[]): void {
  for (const each of processes) process.kill(counted.pidOf(each), name);
}

async function declared(name = 'figures', of = work): Promise<void> {
  const { outcome } = await tcc.run({ name, wait: 'ended' }, of.calls());
  expect(outcome).toBe('confirmed');
}

async function interactive(): Promise<void> {
  const { outcome } = await tcc.run({ name: 'figures', wait: 'ended' }, async (t) => {
    for (const { definition, input } of work.calls()) await t.try(definition, input);
  });
  expect(outcome).toBe('confirmed');
}

/** Begins a transaction that nobody goes on with. */
async function open(name: string): Promise<void> {
  const { status } = await fetch(`${counted.url}/v1/transactions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': name },
    body: JSON.stringify({ name, timeout: '10m' }),
  });
  expect(status).toBe(201);
}

/** What makes a copy due for whoever claims it first. */
const dueAt = (wakeAt: string) => JSON.stringify({ holder: null, wake_at: wakeAt });

/** Adds copies of the first row that meets the condition, changed in these columns. */
async function copy(condition: string, count: number, changes: string): Promise<void> {
  await counted.rows.query(
    `insert into transactions
     select changed.* from (select * from transactions where ${condition} limit 1) as row, generate_series(1, $1) as n,
       lateral (select overlay(gen_random_uuid()::text placing '7' from 15 for 1) as xid where n = n) as made,
       jsonb_populate_record(row::transactions, jsonb_build_object('xid', made.xid) || $2) as changed`,
    [count, changes],
  );
}

async function unresolved(name: string, condition = 'true'): Promise<number> {
  const { rows } = await counted.rows.query<{ count: number }>(
    `select count(*)::int as count from transactions where ended_at is null and name = $1 and ${condition}`,
    [name],
  );
  return rows[0]?.count ?? 0;
}

/** How many there were since the last reset, and what they read. */
async function claims(): Promise<{ readonly calls: number; readonly buffers: number }> {
  const { rows } = await counted.rows.query<{ calls: number; buffers: number }>(
    `select coalesce(sum(calls), 0)::int as calls, sum(shared_blks_hit + shared_blks_read)::int as buffers
       from pg_stat_statements
      where toplevel and query like '%left_behind%' and query not like '%pg_stat_statements%'`,
  );
  return rows[0] ?? { calls: 0, buffers: NaN };
}
