import { TestBranch } from '@holdfast/testing';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { RecentTries } from './recent-tries.js';
import { StockTest, inBatches, outcomes, times } from './stock-test.suite.js';
import { BatchHandler, ReserveStock, fenceOf, stockOf } from './stock.suite.js';

describe('what is remembered of Tries', () => {
  const branches = (count: number) => times(count, () => new TestBranch(ReserveStock).confirm());
  const tried = (commands: ReturnType<typeof branches>, answerJson = '{}') =>
    commands.map((command) => ({ command, state: 'tried' as const, answerJson }));

  test('is what they answered, in the order asked for, or nothing if one of them is unknown', () => {
    const recent = new RecentTries();
    const [one, other, stranger] = branches(3) as [never, never, never];
    recent.add([...tried([one], '{"n":1}'), ...tried([other], '{"n":2}')]);
    expect(recent.reservationsOf([other, one])).toEqual([{ n: 2 }, { n: 1 }]);
    expect(recent.reservationsOf([one, stranger])).toBeUndefined();
  });

  test('leaves out refusals', () => {
    const recent = new RecentTries();
    const [refused] = branches(1) as [never];
    recent.add([{ command: refused, state: 'refused', answerJson: '{"code":"OUT_OF_STOCK"}' }]);
    expect(recent.reservationsOf([refused])).toBeUndefined();
  });

  test('is that of 4,096 branches at least, and of 8,191 at most where they come one by one', () => {
    const recent = new RecentTries();
    const commands = branches(8_192);
    const known = () => commands.filter((command) => recent.reservationsOf([command])).length;
    for (const command of commands.slice(0, 8_191)) recent.add(tried([command]));
    expect(known()).toBe(8_191);
    recent.add(tried(commands.slice(8_191)));
    expect(known()).toBe(4_096);
  });

  test('is four million characters in each half', () => {
    const recent = new RecentTries();
    const long = JSON.stringify('x'.repeat(1024 * 1024 - 2));
    const commands = branches(9);
    for (const command of commands) recent.add(tried([command], long));
    expect(commands.map((command) => recent.reservationsOf([command]) !== undefined)).toEqual([
      ...times(4, () => false),
      ...times(5, () => true),
    ]);
  });
});

describe('a Confirm or Cancel of a branch that this process has tried', () => {
  const stock = new StockTest();
  beforeAll(() => stock.open());
  afterAll(() => stock.close());

  /** The statements about the fence that `work` sends, by their names. */
  async function fenceStatementsOf(work: () => Promise<unknown>): Promise<(string | undefined)[]> {
    const sent = jest.spyOn(pg.Client.prototype, 'query');
    try {
      await work();
      const queries = sent.mock.calls.map(([first]) => first as unknown as { name?: string; text?: string });
      return queries.filter(({ text }) => text?.includes('holdfast_fence')).map(({ name }) => name);
    } finally {
      sent.mockRestore();
    }
  }

  test.each(['confirm', 'cancel'] as const)(
    'is a %s whose row is moved with the commit, by one statement for the batch',
    async (operation) => {
      const sku = await stock.newSku(10);
      const driver = await stock.start(new BatchHandler());
      const branches = times(3, () => new TestBranch(ReserveStock));
      await driver.deliver(...branches.map((branch) => branch.try({ sku, quantity: 2 })));
      const statements = await fenceStatementsOf(async () => {
        const replies = await driver.deliver(...branches.map((branch) => branch[operation]()));
        expect(outcomes(replies)).toEqual(
          times(3, () => (operation === 'confirm' ? 'confirmed' : 'cancelled')),
        );
      });
      expect(statements).toEqual(['holdfast_fence_move']);
      expect(await stockOf(stock.dataSource, sku)).toEqual(
        operation === 'confirm'
          ? { available: 4, frozen: 0, sold: 6 }
          : { available: 10, frozen: 0, sold: 0 },
      );
      const [first] = branches as [TestBranch<typeof ReserveStock>];
      expect(await fenceOf(stock.dataSource, first)).toMatchObject({
        state: operation === 'confirm' ? 'confirmed' : 'cancelled',
        answer: { sku, quantity: 2 },
      });
    },
  );

  test('is claimed by an instance that has not tried all of its batch', async () => {
    const sku = await stock.newSku(10);
    const [driver, other] = [await stock.start(new BatchHandler()), await stock.start(new BatchHandler())];
    const [mine, theirs] = [new TestBranch(ReserveStock), new TestBranch(ReserveStock)];
    await driver.deliver(mine.try({ sku, quantity: 1 }));
    await other.deliver(theirs.try({ sku, quantity: 1 }));
    const statements = await fenceStatementsOf(() => driver.deliver(mine.confirm(), theirs.confirm()));
    expect(statements).toEqual(['holdfast_fence_claim']);
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 8, frozen: 0, sold: 2 });
  });

  test('is claimed when it is sent again', async () => {
    const sku = await stock.newSku(10);
    const driver = await stock.start(new BatchHandler());
    const branch = new TestBranch(ReserveStock);
    await driver.deliver(branch.try({ sku, quantity: 1 }));
    branch.confirm();
    expect(await fenceStatementsOf(() => driver.deliver(branch.confirm()))).toEqual(['holdfast_fence_claim']);
  });

  test('has no effect, and is told, if another instance has settled it otherwise', async () => {
    const sku = await stock.newSku(10);
    const [driver, other] = [await stock.start(new BatchHandler()), await stock.start(new BatchHandler())];
    const [gone, sound] = [new TestBranch(ReserveStock), new TestBranch(ReserveStock)];
    // One more, so that enough is frozen for a handler that takes too much.
    const branches = [gone, sound, new TestBranch(ReserveStock)];
    await driver.deliver(...branches.map((branch) => branch.try({ sku, quantity: 1 })));
    await other.deliver(gone.cancel());
    const replies = await driver.deliver(gone.confirm(), sound.confirm());
    expect(outcomes(replies).sort()).toEqual(['confirmed', 'contradiction']);
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 8, frozen: 1, sold: 1 });
  });

  test('has no effect, and leaves no row, if the row that it was tried by is gone', async () => {
    const sku = await stock.newSku(10);
    const driver = await stock.start(new BatchHandler());
    const branch = new TestBranch(ReserveStock);
    await driver.deliver(branch.try({ sku, quantity: 1 }));
    await stock.dataSource.query('delete from holdfast_fence where xid = $1', [branch.xid]);
    const [reply] = await driver.deliver(branch.confirm());
    expect(reply).toMatchObject({ outcome: 'contradiction' });
    expect(await fenceOf(stock.dataSource, branch)).toBeUndefined();
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 9, frozen: 1, sold: 0 });
  });

  test('is answered by its fence, whatever its handler throws when the command comes once more', async () => {
    const sku = await stock.newSku(10);
    const calls: number[] = [];
    const driver = await stock.start(
      inBatches({
        async confirmMany(ctx, items) {
          calls.push(items.length);
          if (calls.length > 1) throw new Error('It was sold before');
          await BatchHandler.prototype.confirmMany(ctx, items);
        },
      }),
    );
    const branch = new TestBranch(ReserveStock);
    await driver.deliver(branch.try({ sku, quantity: 3 }));
    const command = branch.confirm();
    driver.losesReplies = true;
    await expect(driver.deliver(command)).rejects.toThrow('lost');
    driver.losesReplies = false;
    const [reply] = await driver.deliver(command);
    expect(reply).toMatchObject({ outcome: 'confirmed' });
    expect(calls).toEqual([1, 1]);
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 7, frozen: 0, sold: 3 });
  });
});
