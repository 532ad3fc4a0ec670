import { ANSWER_BYTES_MAX } from '@holdfast/protocol';
import { TestBranch } from '@holdfast/testing';
import type { BatchContext } from './handler.js';
import { refused } from './refusal.js';
import { StockTest, inBatches, oneByOne, outcomes, times } from './stock-test.suite.js';
import {
  BatchHandler,
  OneByOneHandler,
  ReserveOneByOne,
  ReserveStock,
  fenceOf,
  freeze,
  movementsOf,
  stockOf,
} from './stock.suite.js';

const stock = new StockTest();
beforeAll(() => stock.open());
afterAll(() => stock.close());

describe('batches', () => {
  test('a thousand Tries on one hot row are one update, and one statement of the fence', async () => {
    const sku = await stock.newSku(10_000);
    const statements: string[] = [];
    const before = stock.commits.length;
    const driver = await stock.start(
      inBatches({
        tryMany(ctx, items) {
          const query: typeof ctx.sql.query = (statement, values) => {
            statements.push(typeof statement === 'string' ? statement : statement.text);
            return ctx.sql.query(statement, values);
          };
          return BatchHandler.prototype.tryMany({ sql: { query }, manager: ctx.manager }, items);
        },
      }),
    );
    const branches = times(1_000, () => new TestBranch(ReserveStock));
    const replies = await driver.deliver(...branches.map((branch) => branch.try({ sku, quantity: 1 })));
    expect(outcomes(replies)).toEqual(times(1_000, () => 'tried'));
    expect(statements.filter((text) => text.startsWith('update'))).toHaveLength(1);
    // The fence's one and the handler's two, of which one reads.
    expect(stock.commits.slice(before)).toEqual([3]);

    const confirms = await driver.deliver(...branches.map((branch) => branch.confirm()));
    expect(outcomes(confirms)).toEqual(times(1_000, () => 'confirmed'));
    // The fence's one and the handler's one.
    expect(stock.commits.slice(before)).toEqual([3, 2]);
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 9_000, frozen: 0, sold: 1_000 });
  });

  test('handlers without batch forms share an SQL transaction, fifty branches at most', async () => {
    const sku = await stock.newSku(1_000);
    const driver = await stock.start(new OneByOneHandler());
    const before = stock.commits.length;
    const branches = times(101, () => new TestBranch(ReserveOneByOne));
    await driver.deliver(...branches.map((branch) => branch.try({ sku, quantity: 1 })));
    expect(stock.commits.length - before).toBe(3);
    await driver.deliver(...branches.map((branch) => branch.cancel()));
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 1_000, frozen: 0, sold: 0 });
  });

  test('a refusal after a write leaves nothing of it', async () => {
    const sku = await stock.newSku();
    const handler = oneByOne({
      async try(ctx, input) {
        await freeze(ctx, input);
        return input.quantity === 2 ? refused('NOT_TWO') : input;
      },
    });
    const driver = await stock.start(handler);
    const branches = times(3, () => new TestBranch(ReserveOneByOne));
    await driver.deliver(...branches.map((branch, n) => branch.try({ sku, quantity: n + 1 })));
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 96, frozen: 4, sold: 0 });
    const movements = await Promise.all(branches.map(({ xid }) => movementsOf(stock.dataSource, xid)));
    expect(movements).toEqual([['try'], [], ['try']]);
  });
});

describe('what a handler works with', () => {
  test('ctx.manager is on the same SQL transaction, and nests by savepoints', async () => {
    const sku = await stock.newSku();
    const handler = oneByOne({
      async try(ctx, input) {
        await ctx.manager.query('update stock set sold = sold + 1 where sku = $1', [sku]);
        const nested = ctx.manager.transaction(async (manager) => {
          await manager.query('update stock set sold = sold + 10 where sku = $1', [sku]);
          throw new Error('only this');
        });
        await nested.catch(() => undefined);
        return input.quantity === 1 ? input : refused('NOT_ONE');
      },
    });
    const driver = await stock.start(handler);
    const branches = times(2, () => new TestBranch(ReserveOneByOne));
    const replies = await driver.deliver(
      ...branches.map((branch, n) => branch.try({ sku, quantity: n + 1 })),
    );
    expect(outcomes(replies).sort()).toEqual(['refused', 'tried']);
    expect(await stockOf(stock.dataSource, sku)).toMatchObject({ sold: 1 });
  });

  test('what a batch does by ctx.manager alone has no effect if the batch fails', async () => {
    const sku = await stock.newSku();
    const fails = async (ctx: BatchContext): Promise<never> => {
      await ctx.manager.query('update stock set sold = sold + 1 where sku = $1', [sku]);
      throw new Error('Not today');
    };
    const driver = await stock.start(inBatches({ tryMany: fails }));
    const branch = new TestBranch(ReserveStock);
    const [reply] = await driver.deliver(branch.try({ sku, quantity: 1 }));
    expect(reply).toMatchObject({ outcome: 'failed', code: 'HANDLER_FAILED' });
    expect(await stockOf(stock.dataSource, sku)).toMatchObject({ sold: 0 });
  });

  test('a statement that nobody awaits and that fails is not lost', async () => {
    const handler = oneByOne({
      async try(ctx, input) {
        void ctx.sql.query('select 1 / 0');
        return input;
      },
    });
    const driver = await stock.start(handler);
    const branch = new TestBranch(ReserveOneByOne);
    const [reply] = await driver.deliver(branch.try({ sku: 'X', quantity: 1 }));
    expect(reply).toMatchObject({ outcome: 'failed' });
    expect(await fenceOf(stock.dataSource, branch)).toBeUndefined();
  });
});

describe('what does not fit', () => {
  test('an input that does not fit its schema is refused, and the refusal stays', async () => {
    const driver = await stock.start(new BatchHandler());
    const branch = new TestBranch(ReserveStock);
    const [reply] = await driver.deliver(branch.try({ sku: 'X', quantity: -1 }));
    expect(reply).toMatchObject({ outcome: 'refused', code: 'INVALID_INPUT' });
    expect(await fenceOf(stock.dataSource, branch)).toMatchObject({ state: 'refused' });
    expect(outcomes(await driver.deliver(branch.cancel()))).toEqual(['cancelled']);
  });

  test('a Try that is late is refused by the clock of the database, whatever that of the process says', async () => {
    const sku = await stock.newSku();
    const driver = await stock.start(new BatchHandler());
    const [late, inTime] = [new TestBranch(ReserveStock), new TestBranch(ReserveStock)];
    const commands = [late.try({ sku, quantity: 1 }, -10_000), inTime.try({ sku, quantity: 1 })];
    const realNow = Date.now;
    Date.now = () => realNow() - 3_600_000;
    const replies = await driver.deliver(...commands).finally(() => (Date.now = realNow));
    const outcomeOf = Object.fromEntries(replies.map(({ xid, outcome }) => [xid, outcome]));
    expect(outcomeOf).toEqual({ [late.xid]: 'refused', [inTime.xid]: 'tried' });
    expect(await movementsOf(stock.dataSource, late.xid)).toEqual([]);
  });

  test('a Try that comes after its deadline is refused by the clock of the database', async () => {
    const sku = await stock.newSku();
    const driver = await stock.start(new BatchHandler());
    const [late, inTime] = [new TestBranch(ReserveStock), new TestBranch(ReserveStock)];
    const replies = await driver.deliver(
      late.try({ sku, quantity: 1 }, -10_000),
      inTime.try({ sku, quantity: 1 }),
    );
    const codes = Object.fromEntries(
      replies.map((reply) => [reply.xid, 'code' in reply ? reply.code : undefined]),
    );
    expect(codes).toEqual({ [late.xid]: 'DEADLINE_PASSED', [inTime.xid]: undefined });
    // What stands gives its verdict, however late the command.
    const repeats = await driver.deliver(inTime.try({ sku, quantity: 1 }, -10_000), late.cancel());
    expect(outcomes(repeats).sort()).toEqual(['cancelled', 'tried']);
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 99, frozen: 1, sold: 0 });
  });

  test('a resource without a handler is answered so', async () => {
    const driver = await stock.start(new BatchHandler());
    const [reply] = await driver.deliver(new TestBranch(ReserveOneByOne).try({}));
    expect(reply).toMatchObject({ outcome: 'failed', operation: 'try', code: 'NO_HANDLER' });
  });

  test('a branch does not change its resource', async () => {
    const sku = await stock.newSku();
    const driver = await stock.start([new BatchHandler(), new OneByOneHandler()]);
    const branch = new TestBranch(ReserveStock);
    await driver.deliver(branch.try({ sku, quantity: 1 }));
    const [reply] = await driver.deliver({ ...branch.confirm(), resource: ReserveOneByOne.resource });
    expect(reply).toMatchObject({ outcome: 'failed', code: 'RESOURCE_DIFFERS' });
    expect(await fenceOf(stock.dataSource, branch)).toMatchObject({ state: 'tried' });
  });

  test.each([
    ['of another shape', { sku: 7 }, 'does not fit the reservation'],
    ['longer than its limit', { sku: 'x'.repeat(ANSWER_BYTES_MAX), quantity: 1 }, 'longer than 65536 bytes'],
    ['with a NUL in a text', { sku: '\u0000', quantity: 1 }, 'Unicode'],
  ])('a reservation %s fails the Try and is not stored', async (_, reservation, message) => {
    const driver = await stock.start(oneByOne({ try: async () => reservation as never }));
    const branch = new TestBranch(ReserveOneByOne);
    const [reply] = await driver.deliver(branch.try({ sku: 'X', quantity: 1 }));
    expect(reply).toMatchObject({ outcome: 'failed', operation: 'try' });
    expect(reply).toHaveProperty('message', expect.stringContaining(message));
    expect(await fenceOf(stock.dataSource, branch)).toBeUndefined();
  });

  test('a tryMany that gives too few answers fails', async () => {
    const driver = await stock.start(inBatches({ tryMany: async () => [] }));
    const [reply] = await driver.deliver(new TestBranch(ReserveStock).try({ sku: 'X', quantity: 1 }));
    expect(reply).toMatchObject({ outcome: 'failed', code: 'HANDLER_FAILED' });
  });
});
