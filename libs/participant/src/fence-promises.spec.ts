import type { Command } from '@holdfast/protocol';
import { ParticipantDriver, TestBranch } from '@holdfast/testing';
import { StockTest, outcomes, times } from './stock-test.suite.js';
import {
  BatchHandler,
  OneByOneHandler,
  ReserveOneByOne,
  ReserveStock,
  fenceOf,
  movementsOf,
  stockDataSource,
  stockOf,
} from './stock.suite.js';

const stock = new StockTest();
let driver: ParticipantDriver;
/** Another process of the same participant. */
let other: ParticipantDriver;

beforeAll(async () => {
  await stock.open();
  driver = await stock.start([new OneByOneHandler(), new BatchHandler()]);
  other = await stock.start([new OneByOneHandler(), new BatchHandler()]);
});

afterAll(() => stock.close());

describe.each([
  { form: 'one by one', definition: ReserveOneByOne },
  { form: 'in batches', definition: ReserveStock },
])('handlers $form', ({ definition }) => {
  test('I4: each operation has one effect, however often it comes', async () => {
    const sku = await stock.newSku(10);
    const branch = new TestBranch(definition);
    const tries = await driver.deliver(...times(5, () => branch.try({ sku, quantity: 3 })));
    expect(outcomes(tries)).toEqual(times(5, () => 'tried'));
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 7, frozen: 3, sold: 0 });
    const confirms = await driver.deliver(...times(5, () => branch.confirm()));
    expect(outcomes(confirms)).toEqual(times(5, () => 'confirmed'));
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 7, frozen: 0, sold: 3 });
  });

  test('I4: the same Try at two instances at the same time has one effect, and one answer', async () => {
    const sku = await stock.newSku(100);
    const branches = times(20, () => new TestBranch(definition));
    const commands = branches.map((branch) => branch.try({ sku, quantity: 1 }));
    const [some, same] = await Promise.all([
      driver.deliver(...commands),
      other.deliver(...[...commands].reverse()),
    ]);
    expect(outcomes([...some, ...same])).toEqual(times(40, () => 'tried'));
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 80, frozen: 20, sold: 0 });
  });

  test('I4: what was answered is answered again after a crash between commit and reply', async () => {
    const sku = await stock.newSku(10);
    const branch = new TestBranch(definition);
    const command = branch.try({ sku, quantity: 4 });
    driver.losesReplies = true;
    await expect(driver.deliver(command)).rejects.toThrow('lost');
    driver.losesReplies = false;
    const [reply] = await driver.deliver(command);
    expect(reply).toMatchObject({ outcome: 'tried', answer: { sku, quantity: 4 } });
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 6, frozen: 4, sold: 0 });
  });

  test('I5: a Try after its Cancel has no effect, in one batch or later', async () => {
    const sku = await stock.newSku(10);
    const branch = new TestBranch(definition);
    const replies = await driver.deliver(branch.cancel(), branch.try({ sku, quantity: 1 }));
    expect(outcomes(replies)).toEqual(['cancelled', 'refused']);
    const [later] = await driver.deliver(branch.try({ sku, quantity: 1 }));
    expect(later).toMatchObject({ outcome: 'refused', code: 'SUSPENDED' });
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 10, frozen: 0, sold: 0 });
  });

  test('I6: Cancel of a branch that never tried succeeds without its handler', async () => {
    const branch = new TestBranch(definition);
    const [reply] = await driver.deliver(branch.cancel());
    expect(reply).toMatchObject({ outcome: 'cancelled' });
    expect(await fenceOf(stock.dataSource, branch)).toEqual({ state: 'cancelled', answer: null });
  });

  test('I8: what a Cancel gives back is what its Try froze, whatever the command says', async () => {
    const sku = await stock.newSku(10);
    const branch = new TestBranch(definition);
    await driver.deliver(branch.try({ sku, quantity: 4 }));
    const forged = { ...branch.cancel(), input: { sku, quantity: 9 }, answer: { sku, quantity: 9 } };
    await driver.deliver(forged);
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 10, frozen: 0, sold: 0 });
  });

  test('peer defect 9: a refused Try stays in the fence, and its Cancel is acknowledged', async () => {
    const sku = await stock.newSku(1);
    const branch = new TestBranch(definition);
    const [reply] = await driver.deliver(branch.try({ sku, quantity: 2 }));
    expect(reply).toMatchObject({ outcome: 'refused', code: 'OUT_OF_STOCK' });
    expect(await fenceOf(stock.dataSource, branch)).toMatchObject({
      state: 'refused',
      answer: { code: 'OUT_OF_STOCK' },
    });
    await stock.dataSource.query('update stock set available = 5 where sku = $1', [sku]);
    const replies = await driver.deliver(branch.try({ sku, quantity: 2 }), branch.cancel());
    expect(outcomes(replies)).toEqual(['refused', 'cancelled']);
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 5, frozen: 0, sold: 0 });
    expect(await movementsOf(stock.dataSource, branch.xid)).toEqual([]);
  });

  test('peer defect 11: the tombstone outlives every late Try', async () => {
    const sku = await stock.newSku(10);
    const branch = new TestBranch(definition);
    await driver.deliver(branch.cancel());
    for (let repeat = 0; repeat < 3; repeat++) {
      const [reply] = await driver.deliver(branch.try({ sku, quantity: 1 }));
      expect(reply).toMatchObject({ outcome: 'refused', code: 'SUSPENDED' });
      expect(await fenceOf(stock.dataSource, branch)).toMatchObject({ state: 'cancelled' });
    }
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 10, frozen: 0, sold: 0 });
  });

  test('peer defect 22: an empty Cancel that is repeated leaves one tombstone and is acknowledged each time', async () => {
    const branch = new TestBranch(definition);
    const replies = await driver.deliver(...times(4, () => branch.cancel()));
    expect(outcomes(replies)).toEqual(times(4, () => 'cancelled'));
    const rows = await stock.dataSource.query<unknown[]>('select from holdfast_fence where xid = $1', [
      branch.xid,
    ]);
    expect(rows).toHaveLength(1);
  });

  test('peer defect 26: Confirm and Cancel at the same time have one effect, and the answers say which', async () => {
    for (let repeat = 0; repeat < 10; repeat++) {
      const sku = await stock.newSku(10);
      const branch = new TestBranch(definition);
      await driver.deliver(branch.try({ sku, quantity: 2 }));
      const answers = await Promise.all([
        driver.deliver(branch.confirm()),
        other.deliver(branch.cancel(), branch.cancel()),
      ]);
      const [confirm, ...cancels] = outcomes(answers.flat());
      const books = await stockOf(stock.dataSource, sku);
      if (confirm === 'confirmed') {
        expect(cancels).toEqual(['contradiction', 'contradiction']);
        expect(books).toEqual({ available: 8, frozen: 0, sold: 2 });
      } else {
        expect([confirm, ...cancels]).toEqual(['contradiction', 'cancelled', 'cancelled']);
        expect(books).toEqual({ available: 10, frozen: 0, sold: 0 });
      }
    }
  });

  test('I12: a Confirm of a branch that is cancelled is told, and has no effect', async () => {
    const sku = await stock.newSku(10);
    const branch = new TestBranch(definition);
    const replies = await driver.deliver(branch.try({ sku, quantity: 1 }), branch.cancel(), branch.confirm());
    expect(replies.at(-1)).toMatchObject({
      outcome: 'contradiction',
      operation: 'confirm',
      fence: 'cancelled',
    });
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 10, frozen: 0, sold: 0 });
  });

  test('a refused item leaves no effect and does not touch the others of its batch', async () => {
    const sku = await stock.newSku(5);
    const branches = times(4, () => new TestBranch(definition));
    const replies = await driver.deliver(
      ...branches.map((branch, n) => branch.try({ sku, quantity: n + 1 })),
    );
    expect(outcomes(replies).sort()).toEqual(['refused', 'refused', 'tried', 'tried']);
    const frozen = replies.reduce((sum, reply) => {
      return sum + (reply.outcome === 'tried' ? (reply.answer as { quantity: number }).quantity : 0);
    }, 0);
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 5 - frozen, frozen, sold: 0 });
  });
});

test('peer defect 23: 64 Cancels and their Tries at eight instances at once meet no deadlock', async () => {
  const sku = await stock.newSku(10_000);
  const pool = await stockDataSource(stock.url).initialize();
  const drivers = await Promise.all(
    times(8, () => ParticipantDriver.start({ participant: 'stock', dataSource: pool }, [new BatchHandler()])),
  );
  const branches = times(64, () => new TestBranch(ReserveStock));
  const commands: Command[] = branches.flatMap((branch) => [
    branch.try({ sku, quantity: 1 }),
    branch.cancel(),
  ]);
  const replies = await Promise.all(drivers.map((each, n) => each.deliver(...shuffled(commands, n + 1))));
  expect(new Set(outcomes(replies.flat()))).toEqual(new Set(['tried', 'refused', 'cancelled']));
  expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 10_000, frozen: 0, sold: 0 });
  // A connection that ends has told its statistics.
  await pool.destroy();
  const [row] = await stock.dataSource.query<{ deadlocks: string }[]>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  );
  expect(row?.deadlocks).toBe('0');
});

/** The same order for the same seed. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  return items
    .map((item, n) => ({ item, rank: ((n + 1) * 7_919 * seed) % 104_729 }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
