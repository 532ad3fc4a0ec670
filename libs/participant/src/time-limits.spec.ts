import type { Operation } from '@holdfast/protocol';
import { TestBranch, until, type ParticipantDriver } from '@holdfast/testing';
import type { TccHandler } from './handler.js';
import { StockTest, oneByOne, outcomes, times } from './stock-test.suite.js';
import { ReserveOneByOne, freeze, stockOf, type Stock } from './stock.suite.js';

const stock = new StockTest();
beforeAll(() => stock.open());
afterAll(() => stock.close());

describe('time limits and the lane', () => {
  const limited = (methods: Partial<TccHandler<Stock>>) =>
    stock.start(oneByOne(methods), { handlerTimeoutMs: 150 });
  const untilReplies = (driver: ParticipantDriver, count: number) =>
    until(() => driver.replies.length >= count, { what: `${count} replies` });

  test('at its limit a handler loses its context and its connection; the rest of its group runs again', async () => {
    const sku = await stock.newSku();
    let late: Promise<unknown> | undefined;
    let free = (): void => undefined;
    const driver = await limited({
      async try(ctx, input) {
        await freeze(ctx, input);
        if (input.quantity !== 13) return input;
        await new Promise<void>((resolve) => {
          free = resolve;
        });
        late = expect(ctx.sql.query('select 1')).rejects.toThrow('limit of 150 ms');
        return input;
      },
    });
    const branches = times(4, () => new TestBranch(ReserveOneByOne));
    await driver.deliver(...branches.map((branch, n) => branch.try({ sku, quantity: n === 1 ? 13 : 1 })));
    await untilReplies(driver, 4);
    const byXid = Object.fromEntries(driver.replies.map((reply) => [reply.xid, reply]));
    expect(byXid[branches[1]?.xid ?? '']).toMatchObject({ outcome: 'failed', code: 'HANDLER_TIMEOUT' });
    expect(outcomes(driver.replies).filter((outcome) => outcome === 'tried')).toHaveLength(3);
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 97, frozen: 3, sold: 0 });
    free();
    await until(() => late !== undefined, { what: 'the handler to go on' });
    await late;
    await driver.participant.stop();
  });

  test('a handler that waits for a lock gives up its own locks at its limit', async () => {
    const [held, sku] = [await stock.newSku(), await stock.newSku()];
    const driver = await limited({});
    const holder = stock.dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query('select from stock where sku = $1 for update', [held]);
    const stuck = new TestBranch(ReserveOneByOne);
    const [first] = await driver.deliver(stuck.try({ sku: held, quantity: 1 }));
    expect(first).toMatchObject({ outcome: 'failed', code: 'HANDLER_TIMEOUT' });
    // Its backend waited for the row, and is gone with the lock of its fence row.
    const waiting = await stock.dataSource.query<unknown[]>(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(waiting).toEqual([]);
    expect(outcomes(await driver.deliver(new TestBranch(ReserveOneByOne).try({ sku, quantity: 1 })))).toEqual(
      ['tried'],
    );
    await holder.rollbackTransaction();
    await holder.release();
    await driver.deliver(stuck.try({ sku: held, quantity: 1 }));
    await untilReplies(driver, 3);
    expect(driver.replies[2]).toMatchObject({ outcome: 'tried', xid: stuck.xid });
  });

  test('a fence row that somebody holds costs the limit, not the partition', async () => {
    const sku = await stock.newSku();
    const driver = await limited({});
    const branch = new TestBranch(ReserveOneByOne);
    await driver.deliver(branch.try({ sku, quantity: 1 }));
    const holder = stock.dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query('select from holdfast_fence where xid = $1 for update', [branch.xid]);
    const [reply] = await driver.deliver(branch.confirm());
    expect(reply).toMatchObject({ outcome: 'failed', code: 'FENCE_TIMEOUT' });
    await holder.rollbackTransaction();
    await holder.release();
  });

  test('what failed before runs in the lane: it holds up nobody, and its repeat is dropped while it runs', async () => {
    const sku = await stock.newSku();
    const dropped: Operation[] = [];
    let calls = 0;
    let free = (): void => undefined;
    const open = new Promise<void>((resolve) => {
      free = resolve;
    });
    const handler = oneByOne({
      async try(ctx, input) {
        if (input.quantity !== 13) return freeze(ctx, input);
        calls++;
        if (calls === 1) throw new Error('not yet');
        await open;
        return freeze(ctx, input);
      },
    });
    const driver = await stock.start(handler, {
      observer: { dropped: (operation) => void dropped.push(operation) },
    });
    const slow = new TestBranch(ReserveOneByOne);
    const [failed] = await driver.deliver(slow.try({ sku, quantity: 13 }));
    expect(failed).toMatchObject({ outcome: 'failed', code: 'HANDLER_FAILED' });

    const before = await driver.deliver(slow.try({ sku, quantity: 13 }), slow.try({ sku, quantity: 13 }));
    expect(before).toEqual([]);
    expect(dropped).toEqual(['try']);
    // Behind it queues another operation of its branch, and other branches pass it.
    const passing = await driver.deliver(
      slow.cancel(),
      new TestBranch(ReserveOneByOne).try({ sku, quantity: 1 }),
    );
    expect(outcomes(passing)).toEqual(['tried']);
    free();
    await untilReplies(driver, 4);
    expect(outcomes(driver.replies)).toEqual(['failed', 'tried', 'tried', 'cancelled']);
    expect(calls).toBe(2);
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 99, frozen: 1, sold: 0 });
    await driver.participant.stop();
  });
});
