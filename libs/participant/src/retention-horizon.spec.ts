import { TestBranch, newXid, type ParticipantDriver } from '@holdfast/testing';
import { StockTest, outcomes } from './stock-test.suite.js';
import { BatchHandler, ReserveStock, fenceOf, movementsOf, stockOf } from './stock.suite.js';

const HOUR_MS = 3_600_000;
const RETENTION_MS = 2 * HOUR_MS;

const stock = new StockTest();
let driver: ParticipantDriver;

beforeAll(async () => {
  await stock.open();
  driver = await stock.start(new BatchHandler(), {
    retentionMs: RETENTION_MS,
  });
});

afterAll(() => stock.close());

const old = <C extends { readonly issuedAt: number }>(command: C, ageMs = RETENTION_MS + 1_000): C => ({
  ...command,
  issuedAt: Date.now() - ageMs,
});

test('I14: a command older than the retention that finds no row goes to the dead letters and has no effect', async () => {
  const sku = await stock.newSku(10);
  const branch = new TestBranch(ReserveStock);
  const fresh = new TestBranch(ReserveStock);
  const commands = [branch.try({ sku, quantity: 1 }), branch.confirm(), branch.cancel()];
  const replies = await driver.deliver(
    ...commands.map((command) => old(command)),
    fresh.try({ sku, quantity: 2 }),
  );
  expect(outcomes(replies)).toEqual(['tried']);
  expect(driver.deadLetters.map(({ reason }) => reason)).toEqual([
    expect.stringContaining('older than the retention'),
    expect.stringContaining('older than the retention'),
    expect.stringContaining('older than the retention'),
  ]);
  expect(await fenceOf(stock.dataSource, branch)).toBeUndefined();
  expect(await movementsOf(stock.dataSource, branch.xid)).toEqual([]);
  expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 8, frozen: 2, sold: 0 });
});

test('a command within the retention has its effect, however old', async () => {
  const sku = await stock.newSku(10);
  const branch = new TestBranch(ReserveStock);
  const replies = await driver.deliver(old(branch.try({ sku, quantity: 1 }), RETENTION_MS - 60_000));
  expect(outcomes(replies)).toEqual(['tried']);
});

test('a row that stands gives its verdict, however old the command', async () => {
  const sku = await stock.newSku(10);
  const branch = new TestBranch(ReserveStock);
  const attempt = branch.try({ sku, quantity: 1 });
  await driver.deliver(attempt);
  const month = 30 * 24 * HOUR_MS;
  const replies = [
    ...(await driver.deliver(old(attempt, month))),
    ...(await driver.deliver(old(branch.confirm(), month))),
    ...(await driver.deliver(old(branch.confirm(), month))),
    ...(await driver.deliver(old(branch.cancel(), month))),
  ];
  expect(outcomes(replies)).toEqual(['tried', 'confirmed', 'confirmed', 'contradiction']);
  expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 9, frozen: 0, sold: 1 });
});

test('I14: a Try of its own for a transaction older than the retention is refused', async () => {
  const sku = await stock.newSku(10);
  const young = newXid();
  const xid = newXid(Date.now() - RETENTION_MS - 1_000);
  const input = { sku, quantity: 1 };
  const { participant } = driver;
  expect(await participant.tryLocally(xid, '1', ReserveStock, input)).toMatchObject({ outcome: 'refused' });
  expect(await participant.tryLocally(young, '1', ReserveStock, input)).toMatchObject({ outcome: 'tried' });
  expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 9, frozen: 1, sold: 0 });
});

test.each([
  { graceMs: 999 },
  { graceMs: 3_600_001 },
  { retentionMs: HOUR_MS - 1 },
  { retentionMs: 366 * 24 * HOUR_MS },
  { sweepIntervalMs: 99 },
  { sweepIntervalMs: Number.NaN },
])('%j is out of its limits, and said so at start', async (options) => {
  const [name] = Object.keys(options);
  await expect(stock.start(new BatchHandler(), options)).rejects.toThrow(`${name} is `);
});
