import { MemoryBus } from '@holdfast/bus';
import { FENCE_BATCH_MAX, decode, topics } from '@holdfast/protocol';
import { ParticipantDriver, TestBranch, newXid, until } from '@holdfast/testing';
import { HoldfastParticipant } from './participant.js';
import { StockTest, outcomes } from './stock-test.suite.js';
import { BatchHandler, ReserveStock, fenceOf, stockDataSource, stockOf } from './stock.suite.js';

const GRACE_MS = 30_000;

const stock = new StockTest();
const forgotten: string[] = [];
let driver: ParticipantDriver;

beforeAll(async () => {
  await stock.open();
  driver = await stock.start(new BatchHandler(), {
    graceMs: GRACE_MS,
    observer: { forgotten: (xid, branchId) => void forgotten.push(`${xid}/${branchId}`) },
  });
});

beforeEach(async () => {
  await stock.dataSource.query('truncate holdfast_fence, holdfast_fence_overdue');
  driver.inquiries.length = 0;
});

afterAll(() => stock.close());

/** Moves all that stands in the fence into the past. */
async function age(ms: number): Promise<void> {
  const times = {
    holdfast_fence: ['deadline_at', 'created_at'],
    holdfast_fence_overdue: ['ask_at'],
    holdfast_fence_watch: ['seen_to'],
  };
  for (const [table, columns] of Object.entries(times)) {
    const changes = columns.map((column) => `${column} = ${column} - $1::float8 * interval '1 ms'`).join();
    await stock.dataSource.query(`update ${table} set ${changes}`, [ms]);
  }
}

const asked = () => driver.inquiries.map(({ branches }) => branches.map(({ xid }) => xid));

test('I9, peer defect 21: what stays frozen past deadline and grace is asked about, and never released by itself', async () => {
  const sku = await stock.newSku(10);
  const branch = new TestBranch(ReserveStock);
  await driver.deliver(branch.try({ sku, quantity: 3 }, 10_000));
  await age(10_000 + GRACE_MS - 2_000);
  await driver.participant.sweep();
  expect(driver.inquiries).toEqual([]);

  await age(3_000);
  const before = Date.now();
  await driver.participant.sweep();
  const { xid, branchId } = branch;
  expect(driver.inquiries).toEqual([
    {
      v: 1,
      participant: 'stock',
      askedAt: expect.any(Number),
      branches: [{ xid, branchId, resource: ReserveStock.resource, fence: 'tried' }],
    },
  ]);
  expect(Math.abs((driver.inquiries[0]?.askedAt ?? 0) - before)).toBeLessThan(10_000);
  for (let round = 0; round < 12; round++) {
    await age(24 * 3_600_000);
    await driver.participant.sweep();
  }
  expect(driver.inquiries).toHaveLength(13);
  expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 7, frozen: 3, sold: 0 });
  expect(await fenceOf(stock.dataSource, branch)).toMatchObject({ state: 'tried' });
});

test('a row that nobody says anything about is asked about ever less often, once an hour at the least', async () => {
  const branch = new TestBranch(ReserveStock);
  await driver.deliver(branch.try({ sku: await stock.newSku(10), quantity: 1 }));
  await age(60_000 + GRACE_MS);
  const waits: number[] = [];
  for (let round = 0; round < 9; round++) {
    await driver.participant.sweep();
    await driver.participant.sweep();
    expect(driver.inquiries).toHaveLength(round + 1);
    const [row] = await stock.dataSource.query<[{ wait: number }]>(
      'select extract(epoch from ask_at - now())::float8 * 1000 as wait from holdfast_fence_overdue',
    );
    waits.push(row.wait);
    await age(row.wait);
  }
  waits.forEach((wait, round) => {
    const longest = Math.min(3_600_000, GRACE_MS * 2 ** (round + 1));
    expect(wait).toBeLessThanOrEqual(longest);
    expect(wait).toBeGreaterThan(longest * 0.75 - 5_000);
  });
});

test('an answer that arrives settles the row, which is not asked about again', async () => {
  const sku = await stock.newSku(10);
  const branch = new TestBranch(ReserveStock);
  await driver.deliver(branch.try({ sku, quantity: 3 }));
  await age(60_000 + GRACE_MS);
  await driver.participant.sweep();
  expect(outcomes(await driver.deliver(branch.cancel()))).toEqual(['cancelled']);
  await age(24 * 3_600_000);
  await driver.participant.sweep();
  expect(driver.inquiries).toHaveLength(1);
  expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 10, frozen: 0, sold: 0 });
});

test('refused, settled and tombstone rows are not asked about', async () => {
  const sku = await stock.newSku(1);
  const [refused, confirmed, tombstone] = Array.from({ length: 3 }, () => new TestBranch(ReserveStock)) as [
    TestBranch<typeof ReserveStock>,
    TestBranch<typeof ReserveStock>,
    TestBranch<typeof ReserveStock>,
  ];
  await driver.deliver(
    refused.try({ sku, quantity: 2 }),
    confirmed.try({ sku, quantity: 1 }),
    tombstone.cancel(),
  );
  await driver.deliver(confirmed.confirm());
  await age(24 * 3_600_000);
  await driver.participant.sweep();
  expect(driver.inquiries).toEqual([]);
});

test('a branch of a direct call, which knows no deadline, is asked about as well', async () => {
  const sku = await stock.newSku(10);
  const xid = newXid();
  await driver.participant.tryLocally(xid, 'direct', ReserveStock, { sku, quantity: 1 });
  await driver.participant.sweep();
  expect(driver.inquiries).toEqual([]);
  await age(GRACE_MS + 1_000);
  await driver.participant.sweep();
  expect(asked()).toEqual([[xid]]);
});

test('one sweep asks about one bounded batch, those due for longest first', async () => {
  await stock.dataSource.query(
    `insert into holdfast_fence (xid, branch_id, resource, state, answer, deadline_at)
     select $2, n::text, 'stock.reserve', 'tried', '{}', now() - n * interval '1 s'
       from generate_series(1, $1::int) as n`,
    [FENCE_BATCH_MAX + 1, newXid()],
  );
  await age(GRACE_MS + 1_000);
  for (let round = 0; round < 3; round++) await driver.participant.sweep();
  expect(driver.inquiries.map(({ branches }) => branches.length)).toEqual([FENCE_BATCH_MAX, 1]);
  expect(driver.inquiries[1]?.branches[0]?.branchId).toBe('1');
});

test('a branch that the coordinators have forgotten is raised and stays frozen', async () => {
  const sku = await stock.newSku(10);
  const branch = new TestBranch(ReserveStock);
  await driver.deliver(branch.try({ sku, quantity: 1 }));
  const { xid, branchId } = branch;
  await driver.notify({ type: 'holdfast.forgotten', body: { v: 1, branches: [{ xid, branchId }] } });
  expect(forgotten).toEqual([`${xid}/${branchId}`]);
  expect(await fenceOf(stock.dataSource, branch)).toMatchObject({ state: 'tried' });
  expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 9, frozen: 1, sold: 0 });
});

test('a row whose SQL transaction ends only after others that began later is seen as well', async () => {
  const hasty = await stock.start(new BatchHandler(), { graceMs: 1_000 });
  const insert = `insert into holdfast_fence (xid, branch_id, resource, state, answer, deadline_at)
    values ($1, '1', 'stock.reserve', 'tried', '{}', now() - interval '1 h')`;
  const [slow, quick] = [newXid(), newXid()];
  const runner = stock.dataSource.createQueryRunner();
  await runner.startTransaction();
  await runner.query('select');
  await stock.dataSource.query(insert, [quick]);
  const graceOver = `select from holdfast_fence where created_at < now() - interval '1.1 s'`;
  await until(async () => (await stock.dataSource.query<unknown[]>(graceOver)).length === 1, {
    what: 'the grace to be over',
  });
  await hasty.participant.sweep();
  expect(hasty.inquiries).toEqual([]);
  await runner.query(insert, [slow]);
  await runner.commitTransaction();
  await runner.release();
  await hasty.participant.sweep();
  const [inquiry] = hasty.inquiries;
  expect(inquiry?.branches.map(({ xid }) => xid).sort()).toEqual([slow, quick].sort());
});

/** The rows of the fence that one sweep reads. */
async function readBySweep(name: string): Promise<number> {
  const read = async (): Promise<number> => {
    const [row] = await stock.dataSource.query<[{ read: number }]>(
      `select (seq_tup_read + idx_tup_fetch)::int as read from pg_stat_user_tables where relname = 'holdfast_fence'`,
    );
    return row.read;
  };
  const before = await read();
  const pool = await stockDataSource(stock.url, { application_name: name }).initialize();
  const sweeping = await ParticipantDriver.start({ participant: 'stock', dataSource: pool }, [
    new BatchHandler(),
  ]);
  await sweeping.participant.sweep();
  await pool.destroy();
  // A connection that ends has told its statistics.
  const connections = () =>
    stock.dataSource.query<unknown[]>('select from pg_stat_activity where application_name = $1', [name]);
  await until(async () => (await connections()).length === 0, { what: 'the end of its connections' });
  return (await read()) - before;
}

test('each row is looked at once: the cost of looking does not grow with what is settled', async () => {
  await age(48 * 3_600_000);
  // Old from the start: to age them would read them, and a session tells what it has read up to a minute later.
  await stock.dataSource.query(
    `insert into holdfast_fence (xid, branch_id, resource, state, answer, deadline_at, created_at)
     select gen_random_uuid(), '1', 'stock.reserve', 'confirmed', '{}', old, old
       from generate_series(1, 45000), (select now() - interval '1 day' as old) as past`,
  );
  expect(await readBySweep('first-sweep')).toBeGreaterThan(45_000);
  expect(await readBySweep('second-sweep')).toBeLessThan(1_000);
});

test('it asks by itself, as often as it is told, until it stops', async () => {
  const branch = new TestBranch(ReserveStock);
  await driver.deliver(branch.try({ sku: await stock.newSku(10), quantity: 1 }));
  await age(60_000 + GRACE_MS);
  const bus = new MemoryBus();
  const options = { participant: 'stock', bus, dataSource: stock.dataSource, sweepIntervalMs: 100 };
  const participant = new HoldfastParticipant(options, [new BatchHandler()]);
  await participant.start();
  const inquiries = () =>
    bus.broker.messages(topics().reply).flatMap(({ headers, value }) => {
      const message = decode(['holdfast.announcement', 'holdfast.inquiry'], headers, value);
      return message.type === 'holdfast.inquiry' ? [message.body] : [];
    });
  await until(() => inquiries().length > 0, { what: 'an inquiry' });
  await participant.stop();
  await bus.close();
  expect(inquiries()[0]?.branches.map(({ xid }) => xid)).toEqual([branch.xid]);
});

test('while the database is away nobody is asked, and nothing ends for that', async () => {
  const failures: unknown[] = [];
  const pool = await stockDataSource(stock.url).initialize();
  const observer = { sweepFailed: (error: unknown) => void failures.push(error) };
  const other = await ParticipantDriver.start({ participant: 'stock', dataSource: pool, observer }, [
    new BatchHandler(),
  ]);
  await pool.destroy();
  await other.participant.sweep();
  expect(failures).toHaveLength(1);
});
