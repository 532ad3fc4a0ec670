import { Refusal, type Input, type Sql } from '@holdfast/participant';
import { LINES_MAX, ReserveStock } from '@holdfast/shop';
import { CountingContext, ParticipantDriver, TestBranch, newXid, testKit } from '@holdfast/testing';
import fc from 'fast-check';
import { InventoryUnderTest } from './inventory-under-test.suite.js';
import { ReserveStockHandler } from './reserve-stock-handler.js';
import { lockStock } from './sql/lock-stock.js';

type Lines = Input<typeof ReserveStock>['lines'];

let inventory: InventoryUnderTest;
let driver: ParticipantDriver;

beforeAll(async () => {
  inventory = await InventoryUnderTest.open();
  driver = await startDriver();
});
afterAll(() => inventory.close());

const startDriver = () =>
  ParticipantDriver.start({ participant: 'inventory', dataSource: inventory.dataSource }, [
    new ReserveStockHandler(),
  ]);
const newBranch = () => new TestBranch(ReserveStock);
const oneLine = (sku: string, quantity: number) => ({ lines: [{ sku, quantity }] });

test('a batch on one hot SKU is one update: two statements to try 500, one to confirm them', async () => {
  await inventory.fill({ hot: 1_000 });
  const handler = new ReserveStockHandler();
  const branches = Array.from({ length: 500 }, () => ({ xid: newXid(), branchId: '1' }));
  const trying = new CountingContext(inventory.dataSource);
  const answers = await handler.tryMany(
    trying,
    branches.map((branch) => ({ ...branch, input: oneLine('hot', 1) })),
  );
  expect(trying.statements).toBe(2);
  expect(answers).toEqual(branches.map(() => ({ pieces: 1 })));
  const confirming = new CountingContext(inventory.dataSource);
  await handler.confirmMany(
    confirming,
    branches.map((branch) => ({ ...branch, reservation: { pieces: 1 } })),
  );
  expect(confirming.statements).toBe(1);
  expect(await inventory.stock()).toEqual({ hot: [500, 0, 500] });
});

test('stock is granted in the order of the items while it lasts, and refusals name the SKUs', async () => {
  await inventory.fill({ a: 10, b: 1 });
  const wants: Lines[] = [
    [{ sku: 'a', quantity: 6 }],
    [
      { sku: 'a', quantity: 4 },
      { sku: 'b', quantity: 2 },
    ],
    [{ sku: 'a', quantity: 5 }],
    [
      { sku: 'a', quantity: 2 },
      { sku: 'b', quantity: 1 },
      { sku: 'a', quantity: 2 },
    ],
    [{ sku: 'missing', quantity: 1 }],
  ];
  const answers = await new ReserveStockHandler().tryMany(
    new CountingContext(inventory.dataSource),
    wants.map((lines) => ({ xid: newXid(), branchId: '1', input: { lines } })),
  );
  const told = answers.map((answer) => (Refusal.is(answer) ? [answer.code, answer.message] : 'tried'));
  expect(told).toEqual([
    'tried',
    ['OUT_OF_STOCK', 'Out of stock: b (1 left of 2)'],
    ['OUT_OF_STOCK', 'Out of stock: a (4 left of 5)'],
    'tried',
    ['OUT_OF_STOCK', 'Out of stock: missing (0 left of 1)'],
  ]);
  expect(await inventory.stock()).toEqual({ a: [0, 10, 0], b: [0, 1, 0] });
  await inventory.audit({ a: 10, b: 1 });
});

test('a refusal names ten SKUs and counts the others', async () => {
  await inventory.fill({});
  const lines = Array.from({ length: 12 }, (_, n) => ({ sku: `s${n}`, quantity: 1 }));
  const [reply] = await driver.deliver(newBranch().try({ lines }));
  expect(reply).toMatchObject({
    outcome: 'refused',
    message: expect.stringMatching(/s9 \(0 left of 1\) and 2 more$/),
  });
});

test('the longest checkout is one branch, and Cancel gives all of it back', async () => {
  const stock = Object.fromEntries(Array.from({ length: LINES_MAX }, (_, n) => [`s${n}`, 5]));
  await inventory.fill(stock);
  const branch = newBranch();
  const lines = Object.keys(stock).map((sku) => ({ sku, quantity: 5 }));
  const [tried] = await driver.deliver(branch.try({ lines }));
  expect(tried).toMatchObject({ outcome: 'tried', answer: { pieces: 5 * LINES_MAX } });
  expect(Object.values(await inventory.stock())).toEqual(lines.map(() => [0, 5, 0]));
  const [cancelled] = await driver.deliver(branch.cancel());
  expect(cancelled).toMatchObject({ outcome: 'cancelled' });
  expect(Object.values(await inventory.stock())).toEqual(lines.map(() => [5, 0, 0]));
});

test.each([
  ['a negative quantity', [{ sku: 'a', quantity: -1 }]],
  ['a quantity of 0', [{ sku: 'a', quantity: 0 }]],
  ['half a piece', [{ sku: 'a', quantity: 0.5 }]],
  ['a quantity beyond all bounds', [{ sku: 'a', quantity: 1e15 }]],
  ['a SKU that is none', [{ sku: 'a b', quantity: 1 }]],
  ['no line', []],
  ['one line too many', Array.from({ length: LINES_MAX + 1 }, () => ({ sku: 'a', quantity: 1 }))],
])('%s is refused and freezes nothing', async (_what, lines) => {
  await inventory.fill({ a: 10 });
  const [reply] = await driver.deliver(newBranch().try({ lines }));
  expect(reply).toMatchObject({ outcome: 'refused', code: 'INVALID_INPUT' });
  expect(await inventory.stock()).toEqual({ a: [10, 0, 0] });
});

test('I8, I9: batches that want the same SKUs in opposite orders, on two instances, all end and keep the stock', async () => {
  const stock = { a: 500, b: 500, c: 500 };
  await inventory.fill(stock);
  const drivers = [driver, await startDriver()];
  const skus = Object.keys(stock);
  await Promise.all(
    drivers.map(async (each, index) => {
      const order = index === 0 ? skus : skus.toReversed();
      for (let round = 0; round < 20; round++) {
        const branches = Array.from({ length: 20 }, newBranch);
        const lines = order.map((sku) => ({ sku, quantity: 1 }));
        const replies = await each.deliver(...branches.map((branch) => branch.try({ lines })));
        const yes = new Set(replies.filter(({ outcome }) => outcome === 'tried').map(({ xid }) => xid));
        const tried = branches.filter(({ xid }) => yes.has(xid));
        const settled = tried.map((branch, at) => (at % 2 === 0 ? branch.confirm() : branch.cancel()));
        const answers = await each.deliver(...settled);
        expect(new Set(answers.map(({ xid }) => xid))).toEqual(yes);
      }
    }),
  );
  await inventory.audit(stock);
  for (const [, frozen] of Object.values(await inventory.stock())) expect(frozen).toBe(0);
});

test('I8: what is available is read behind the lock: who comes second sees what the first has taken', async () => {
  await inventory.fill({ a: 30 });
  const runners = [inventory.dataSource.createQueryRunner(), inventory.dataSource.createQueryRunner()];
  const [first, second] = runners.map((runner) => ({
    query: async (text: string, values?: unknown[]) => ({ rows: await runner.query(text, values) }),
  })) as unknown as [Sql, Sql];
  try {
    for (const runner of runners) await runner.startTransaction();
    expect(await lockStock(first, ['a'])).toEqual(new Map([['a', 30]]));
    const waiting = lockStock(second, ['a']);
    await first.query(`update stock set available = 1, frozen = 29 where sku = 'a'`);
    await runners[0]?.commitTransaction();
    expect(await waiting).toEqual(new Map([['a', 1]]));
  } finally {
    for (const runner of runners) {
      if (runner.isTransactionActive) await runner.rollbackTransaction();
      await runner.release();
    }
  }
});

test.each(['available', 'frozen', 'sold'])('I8: the table itself takes no %s below zero', async (column) => {
  await inventory.fill({ a: 1 });
  const below = inventory.dataSource.query(`update stock set ${column} = -1`);
  await expect(below).rejects.toThrow('check constraint');
});

test('I8: two instances that want more than there is at the same moment share out what there is', async () => {
  const drivers = [driver, await startDriver()];
  for (let round = 0; round < 10; round++) {
    await inventory.fill({ a: 30 });
    const outcomes = await Promise.all(
      drivers.map(async (each) => {
        const branches = Array.from({ length: 20 }, newBranch);
        const lines = [{ sku: 'a', quantity: 1 }];
        const replies = await each.deliver(...branches.map((branch) => branch.try({ lines })));
        return replies.map(({ outcome }) => outcome);
      }),
    );
    expect(outcomes.flat().filter((outcome) => outcome === 'tried')).toHaveLength(30);
    expect(await inventory.stock()).toEqual({ a: [0, 30, 0] });
  }
});

test('I8: whatever comes in whatever batches, nothing is lost, doubled or below zero', async () => {
  const stock = { a: 30, b: 20, c: 0 };
  const quantity = fc.integer({ min: 1, max: 12 });
  const line = fc.record({ sku: fc.constantFrom('a', 'b', 'c'), quantity });
  const step = fc.record({
    branch: fc.nat({ max: 5 }),
    operation: fc.constantFrom('try' as const, 'confirm' as const, 'cancel' as const),
  });
  const inputs = fc.array(fc.array(line, { minLength: 1, maxLength: 4 }), { minLength: 6, maxLength: 6 });
  const batches = fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(inputs, batches, async (lines, schedule) => {
      await inventory.fill(stock);
      const branches = lines.map(newBranch);
      for (const batch of schedule) {
        await driver.deliver(
          ...batch.map(({ branch: at, operation }) => {
            const branch = branches[at] as TestBranch<typeof ReserveStock>;
            return operation === 'try' ? branch.try({ lines: lines[at] }) : branch[operation]();
          }),
        );
        await inventory.audit(stock);
      }
    }),
    { numRuns: 40 },
  );
});

describe('the canonical schedules', () => {
  const stock = { a: 1_000, b: 1_000, few: 1 };
  beforeEach(() => inventory.fill(stock));

  for (const { name, run } of testKit(ReserveStockHandler, {
    branch: ReserveStock,
    get dataSource() {
      return inventory.dataSource;
    },
    input: () => ({
      lines: [
        { sku: 'a', quantity: 2 },
        { sku: 'b', quantity: 1 },
        { sku: 'a', quantity: 1 },
      ],
    }),
    refusedInput: () => ({
      lines: [
        { sku: 'a', quantity: 1 },
        { sku: 'few', quantity: 2 },
      ],
    }),
    invariant: () => inventory.audit(stock),
  }))
    test(name, run);
});
