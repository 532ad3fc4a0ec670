import { type Input } from '@holdfast/protocol';
import { TestBranch, until } from '@holdfast/testing';
import type { TryItem } from './handler.js';
import { refused } from './refusal.js';
import { StockTest, inBatches, oneByOne, outcomes, times } from './stock-test.suite.js';
import {
  BatchHandler,
  OneByOneHandler,
  ReserveOneByOne,
  ReserveStock,
  freeze,
  stockOf,
  type Stock,
} from './stock.suite.js';

const stock = new StockTest();
beforeAll(() => stock.open());
afterAll(() => stock.close());

describe('failures', () => {
  test.each(['one by one', 'in batches'])('poison among handlers %s hurts only itself', async (form) => {
    const sku = await stock.newSku();
    const poisoned = (input: Input<Stock>) => {
      if (input.quantity === 13) throw new Error('Bad luck\u0000');
    };
    const handler =
      form === 'one by one'
        ? oneByOne({ try: async (ctx, input) => (poisoned(input), freeze(ctx, input)) })
        : inBatches({
            async tryMany(ctx, items: readonly TryItem<Stock>[]) {
              const answers = await BatchHandler.prototype.tryMany(ctx, items);
              items.forEach(({ input }) => poisoned(input));
              return answers;
            },
          });
    const driver = await stock.start(handler);
    const definition = form === 'one by one' ? ReserveOneByOne : ReserveStock;
    const before = stock.commits.length;
    const branches = times(20, () => new TestBranch(definition));
    const replies = await driver.deliver(
      ...branches.map((branch, n) => branch.try({ sku, quantity: n === 7 ? 13 : 1 })),
    );
    expect(outcomes(replies).filter((outcome) => outcome === 'tried')).toHaveLength(19);
    expect(replies.find(({ outcome }) => outcome === 'failed')).toEqual(
      expect.objectContaining({ xid: branches[7]?.xid, code: 'HANDLER_FAILED', message: 'Bad luck' }),
    );
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 81, frozen: 19, sold: 0 });
    // Half, half of that, and so on: not every one of them alone.
    expect(stock.commits.length - before).toBeLessThan(10);
  });

  test('a swallowed SQL error is not answered as a success', async () => {
    const sku = await stock.newSku();
    const handler = oneByOne({
      async confirm(ctx, reservation) {
        await new OneByOneHandler().confirm(ctx, reservation);
        if (reservation.quantity === 2) await ctx.sql.query('select 1 / 0').catch(() => undefined);
      },
    });
    const driver = await stock.start(handler);
    const branches = times(3, () => new TestBranch(ReserveOneByOne));
    await driver.deliver(...branches.map((branch, n) => branch.try({ sku, quantity: n + 1 })));
    const replies = await driver.deliver(...branches.map((branch) => branch.confirm()));
    expect(outcomes(replies).sort()).toEqual(['confirmed', 'confirmed', 'failed']);
    expect(replies.find(({ outcome }) => outcome === 'failed')).toHaveProperty(
      'message',
      expect.stringContaining('division by zero'),
    );
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 94, frozen: 2, sold: 4 });
  });

  test('a handler that ends the SQL transaction by itself is stopped', async () => {
    const driver = await stock.start(
      oneByOne({
        async try(ctx, input) {
          await ctx.sql.query('  COMMIT');
          return input;
        },
      }),
    );
    const [reply] = await driver.deliver(new TestBranch(ReserveOneByOne).try({ sku: 'X', quantity: 1 }));
    expect(reply).toMatchObject({ outcome: 'failed', code: 'HANDLER_FAILED' });
  });

  test('a COMMIT that comes with a warning is not answered', async () => {
    const driver = await stock.start(
      oneByOne({
        async cancel(ctx) {
          await ctx.manager.query('commit');
        },
      }),
    );
    const branch = new TestBranch(ReserveOneByOne);
    await driver.deliver(branch.try({ sku: await stock.newSku(), quantity: 1 }));
    expect(await driver.deliver(branch.cancel())).toEqual([]);
  });

  test('a deadlock is retried, and nobody sees it', async () => {
    const [a, b] = [await stock.newSku(), await stock.newSku()];
    let met = 0;
    const bothHold = () => until(() => met >= 2, { what: 'both to hold a row' });
    // Locks the SKU of its input first and the other one second.
    const handler = oneByOne({
      async try(ctx, input) {
        const lock = (sku: string) => ctx.sql.query('select from stock where sku = $1 for update', [sku]);
        await lock(input.sku);
        met++;
        await bothHold();
        await lock(input.sku === a ? b : a);
        return freeze(ctx, input);
      },
    });
    const [one, two] = [await stock.start(handler), await stock.start(handler)];
    const replies = await Promise.all([
      one.deliver(new TestBranch(ReserveOneByOne).try({ sku: a, quantity: 1 })),
      two.deliver(new TestBranch(ReserveOneByOne).try({ sku: b, quantity: 1 })),
    ]);
    expect(outcomes(replies.flat())).toEqual(['tried', 'tried']);
    expect(met).toBeGreaterThan(2);
  });

  test('a failed serialisation is retried in halves', async () => {
    const sku = await stock.newSku();
    const sizes: number[] = [];
    const handler = inBatches({
      async tryMany(ctx, items) {
        sizes.push(items.length);
        if (items.length > 2)
          await ctx.sql.query(`do $$ begin raise 'made up' using errcode = '40001'; end $$`);
        return BatchHandler.prototype.tryMany(ctx, items);
      },
    });
    const driver = await stock.start(handler);
    const replies = await driver.deliver(
      ...times(8, () => new TestBranch(ReserveStock).try({ sku, quantity: 1 })),
    );
    expect(outcomes(replies)).toEqual(times(8, () => 'tried'));
    expect(sizes).toEqual([8, 4, 2, 2, 4, 2, 2]);
  });

  test('one that contends for ever is answered in the end', async () => {
    const driver = await stock.start(
      oneByOne({
        async try(ctx) {
          await ctx.sql.query(`do $$ begin raise 'made up' using errcode = '40001'; end $$`);
          return refused('NEVER');
        },
      }),
    );
    const [reply] = await driver.deliver(new TestBranch(ReserveOneByOne).try({ sku: 'X', quantity: 1 }));
    expect(reply).toMatchObject({ outcome: 'failed', code: 'CONTENTION' });
  });

  test('a command that costs its connection hurts only itself', async () => {
    const sku = await stock.newSku();
    const handler = oneByOne({
      async try(ctx, input) {
        if (input.quantity === 13) await ctx.sql.query('select pg_terminate_backend(pg_backend_pid())');
        return freeze(ctx, input);
      },
    });
    const driver = await stock.start(handler);
    const branches = times(6, () => new TestBranch(ReserveOneByOne));
    const replies = await driver.deliver(
      ...branches.map((branch, n) => branch.try({ sku, quantity: n === 2 ? 13 : 1 })),
    );
    expect(replies.find(({ xid }) => xid === branches[2]?.xid)).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(outcomes(replies).filter((outcome) => outcome === 'tried')).toHaveLength(5);
  });
});

describe('the database away', () => {
  const name = () => new URL(stock.url).pathname.slice(1);

  async function admin(statement: string): Promise<void> {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: process.env['HOLDFAST_TEST_POSTGRES'] });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  }

  test('a batch is refused as a whole, nothing is answered, and it goes through once the database is back', async () => {
    const sku = await stock.newSku();
    const driver = await stock.start(new BatchHandler());
    const branches = times(5, () => new TestBranch(ReserveStock));
    const commands = branches.map((branch) => branch.try({ sku, quantity: 1 }));
    await admin(`alter database ${name()} allow_connections false`);
    try {
      await admin(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name()}'`);
      await expect(driver.deliver(...commands)).rejects.toThrow('The database is away');
    } finally {
      await admin(`alter database ${name()} allow_connections true`);
    }
    expect(driver.replies).toEqual([]);
    expect(outcomes(await driver.deliver(...commands))).toEqual(times(5, () => 'tried'));
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 95, frozen: 5, sold: 0 });
  });

  test('a connection that breaks within COMMIT leaves the outcome unknown: nothing is answered', async () => {
    const sku = await stock.newSku();
    const driver = await stock.start(new OneByOneHandler());
    const branch = new TestBranch(ReserveOneByOne);
    await stock.dataSource.query(`create function suicide() returns trigger language plpgsql as
      'begin perform pg_terminate_backend(pg_backend_pid(), 10000); return null; end'`);
    await stock.dataSource
      .query(`create constraint trigger suicide after insert on movement deferrable initially deferred
      for each row execute function suicide()`);
    try {
      await expect(driver.deliver(branch.try({ sku, quantity: 1 }))).rejects.toThrow('The database is away');
    } finally {
      await stock.dataSource.query('drop function suicide cascade');
    }
    expect(driver.replies).toEqual([]);
    expect(outcomes(await driver.deliver(branch.try({ sku, quantity: 1 })))).toEqual(['tried']);
  });
});
