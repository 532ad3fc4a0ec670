import { FENCE_BATCH_MAX } from '@holdfast/protocol';
import { TestBranch, newXid, type ParticipantDriver } from '@holdfast/testing';
import { StockTest, outcomes } from './stock-test.suite.js';
import { BatchHandler, ReserveStock, fenceOf, movementsOf, stockOf } from './stock.suite.js';

const HOUR_MS = 3_600_000;
const RETENTION_MS = 2 * HOUR_MS;
const SKEW_MS = 1_000;

const stock = new StockTest();
const cleaned: number[] = [];
let driver: ParticipantDriver;

beforeAll(() => stock.open());

/** A process of its own for each test: it remembers how far it has come. */
beforeEach(async () => {
  await stock.dataSource.query('truncate holdfast_fence, holdfast_fence_overdue');
  cleaned.length = 0;
  driver = await stock.start(new BatchHandler(), {
    retentionMs: RETENTION_MS,
    clockSkewMs: SKEW_MS,
    observer: { cleaned: (rows) => void cleaned.push(rows) },
  });
});

afterAll(() => stock.close());

type Branch = TestBranch<typeof ReserveStock>;

/** A branch of a transaction that began longer ago than the retention. */
const oldBranch = (branchId = '1', xid = newXid(Date.now() - RETENTION_MS - HOUR_MS)): Branch =>
  new TestBranch(ReserveStock, branchId, xid);

const pass = (ms: number) =>
  stock.dataSource.query(
    `update holdfast_fence set created_at = created_at - $1::float8 * interval '1 ms',
       updated_at = updated_at - $1::float8 * interval '1 ms', deadline_at = deadline_at - $1::float8 * interval '1 ms'`,
    [ms],
  );

const keyOf = ({ xid, branchId }: Branch) => ({ xid, branchId });
const allow = (...branches: readonly Branch[]) =>
  driver.notify({ type: 'holdfast.cleanup-answer', body: { v: 1, branches: branches.map(keyOf) } });
const standing = (...branches: readonly Branch[]) =>
  Promise.all(branches.map(async (branch) => (await fenceOf(stock.dataSource, branch))?.state));

test('it asks about settled rows past retention, and about no others', async () => {
  const sku = await stock.newSku(10);
  const [confirmed, cancelled, refused, tombstone, tried, young] = Array.from({ length: 6 }, () =>
    oldBranch(),
  ) as [Branch, Branch, Branch, Branch, Branch, Branch];
  const settled = [confirmed, cancelled, refused, tombstone];
  await driver.deliver(
    ...[confirmed, cancelled, tried].map((branch) => branch.try({ sku, quantity: 1 })),
    refused.try({ sku, quantity: 11 }),
    tombstone.cancel(),
  );
  await driver.deliver(confirmed.confirm(), cancelled.cancel());
  await pass(RETENTION_MS + 1_000);
  await driver.deliver(young.cancel());
  await driver.participant.sweep();
  expect(driver.cleanupQuestions).toEqual([
    {
      v: 1,
      participant: 'stock',
      endedForMs: RETENTION_MS + SKEW_MS,
      branches: settled.map(keyOf).sort((a, b) => (a.xid < b.xid ? -1 : 1)),
    },
  ]);
  // Nothing goes before somebody says so, and then only what he named.
  expect(await standing(...settled)).toEqual(['confirmed', 'cancelled', 'refused', 'cancelled']);
  await allow(confirmed, refused, tombstone);
  expect(await standing(...settled)).toEqual([undefined, 'cancelled', undefined, undefined]);
  expect(cleaned).toEqual([3]);
});

test('peer defect 10, I9: what is frozen is never removed, not even if it is named, and its Cancel gives back', async () => {
  const sku = await stock.newSku(10);
  const settled = oldBranch('settled');
  const sibling = oldBranch('sibling', settled.xid);
  await driver.deliver(settled.try({ sku, quantity: 1 }), sibling.try({ sku, quantity: 2 }));
  await driver.deliver(settled.cancel());
  await pass(RETENTION_MS + 1_000);
  await driver.participant.sweep();
  expect(driver.cleanupQuestions.flatMap(({ branches }) => branches)).toEqual([keyOf(settled)]);
  await allow(settled, sibling);
  expect(await standing(settled, sibling)).toEqual([undefined, 'tried']);
  expect(outcomes(await driver.deliver(sibling.cancel()))).toEqual(['cancelled']);
  expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 10, frozen: 0, sold: 0 });
});

test('what was settled within the retention stays, whoever says that it may go', async () => {
  const branch = oldBranch();
  await driver.deliver(branch.cancel());
  await pass(RETENTION_MS - 60_000);
  await allow(branch);
  expect(await standing(branch)).toEqual(['cancelled']);
});

test('I14, peer defect 11: a replay of all commands after the clean-up has no further effect', async () => {
  const sku = await stock.newSku(100);
  const branches = Array.from({ length: 9 }, () => oldBranch());
  const commands = branches.flatMap((branch, n) => [
    ...(n % 3 === 2 ? [] : [branch.try({ sku, quantity: 1 })]),
    n % 3 === 0 ? branch.confirm() : branch.cancel(),
  ]);
  await driver.deliver(...commands);
  const books = { available: 97, frozen: 0, sold: 3 };
  expect(await stockOf(stock.dataSource, sku)).toEqual(books);
  const movements = () => Promise.all(branches.map(({ xid }) => movementsOf(stock.dataSource, xid)));
  const moved = await movements();

  await pass(RETENTION_MS + SKEW_MS);
  await allow(...branches);
  expect(cleaned).toEqual([9]);
  const ageMs = RETENTION_MS + SKEW_MS;
  const replies = await driver.deliver(
    ...commands.map((command) => ({
      ...command,
      issuedAt: command.issuedAt - ageMs,
      // Even a Try whose deadline still lies ahead.
      ...(command.operation === 'try' && { deadlineAt: Date.now() + HOUR_MS }),
    })),
  );
  expect(replies).toEqual([]);
  expect(driver.deadLetters).toHaveLength(commands.length);
  expect(await standing(...branches)).toEqual(branches.map(() => undefined));
  expect(await stockOf(stock.dataSource, sku)).toEqual(books);
  expect(await movements()).toEqual(moved);
});

test('one sweep asks about bounded batches, and the next one goes on behind them', async () => {
  const rows = 41 * FENCE_BATCH_MAX + 1;
  await stock.dataSource.query(
    `insert into holdfast_fence (xid, branch_id, resource, state, updated_at)
     select $1, lpad(n::text, 5, '0'), 'stock.reserve', 'cancelled', now() - interval '1 day'
       from generate_series(1, $2::int) as n`,
    [newXid(Date.now() - RETENTION_MS - HOUR_MS), rows],
  );
  const sizes = () => driver.cleanupQuestions.splice(0).map(({ branches }) => branches.length);
  await driver.participant.sweep();
  expect(sizes()).toEqual(Array.from({ length: 40 }, () => FENCE_BATCH_MAX));
  await driver.participant.sweep();
  expect(sizes()).toEqual([FENCE_BATCH_MAX, 1]);
  // What may not go yet is not asked about with every sweep.
  await driver.participant.sweep();
  expect(sizes()).toEqual([]);
});
