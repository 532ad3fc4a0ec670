import { until } from '@holdfast/testing';
import { z } from 'zod';
import { BranchRefused } from './errors.js';
import type { FakeCoordinator } from './fake-coordinator.suite.js';
import { CreateOrder, ReserveStock, SOLD_OUT, setUp } from './samples.suite.js';
import type { Setup } from './samples.suite.js';
import type { TccClient } from './tcc-client.js';

let setup: Setup;
let fake: FakeCoordinator;
let tcc: TccClient;

beforeEach(async () => {
  setup = await setUp();
  ({ fake, tcc } = setup);
});
afterEach(() => setup.tearDown());

describe('an interactive run', () => {
  const checkout = (options = {}) =>
    tcc.run({ name: 'checkout', ...options }, async (t) => {
      const { orderNo } = await t.try(CreateOrder, { customer: 'c-1' });
      await Promise.all([
        t.try(ReserveStock, { orderNo, quantity: 2 }),
        t.try(ReserveStock, { orderNo }),
        t.try(ReserveStock, { orderNo }, { branchId: 'gift' }),
      ]);
    });

  test('tries branch by branch and confirms those that it knows', async () => {
    await expect(checkout()).resolves.toMatchObject({ outcome: 'confirmed', replayed: false });
    expect(fake.transaction()?.branches.map(({ branchId, input }) => [branchId, input])).toEqual([
      ['order.create', { customer: 'c-1' }],
      ['inventory.reserve', { orderNo: 'A-1', quantity: 2 }],
      ['inventory.reserve-2', { orderNo: 'A-1' }],
      ['gift', { orderNo: 'A-1' }],
    ]);
    expect(fake.requests.at(-1)).toMatchObject({
      body: { branchIds: ['order.create', 'inventory.reserve', 'inventory.reserve-2', 'gift'] },
    });
    expect(fake.requests).toHaveLength(6);
  });

  test('waits for a Try that its function did not wait for', async () => {
    fake.answer = () => 'silent';
    const run = tcc.run({ name: 'checkout' }, async (t) => {
      void t.try(CreateOrder, { customer: 'c-1' });
    });
    await until(() => fake.transaction()?.branches.length === 1, { what: 'the branch' });
    fake.answerNow(fake.transaction()?.xid as string, 'order.create', { tried: { orderNo: 'A-1' } });
    await expect(run).resolves.toMatchObject({ outcome: 'confirmed' });
  });

  test('that is refused is cancelled with the reason', async () => {
    fake.answer = ({ branchId }) =>
      branchId === 'gift' ? { refused: SOLD_OUT } : { tried: { orderNo: 'A-1', reservationId: 'r-1' } };
    await expect(checkout()).resolves.toMatchObject({
      outcome: 'cancelled',
      reason: { ...SOLD_OUT, branchId: 'gift' },
    });
  });

  test('stays cancelled when its function goes on after a refusal', async () => {
    fake.answer = () => ({ refused: SOLD_OUT });
    const run = tcc.run({ name: 'checkout' }, async (t) => {
      await expect(t.try(CreateOrder, { customer: 'c-1' })).rejects.toThrow(
        new BranchRefused('order.create', SOLD_OUT.code, SOLD_OUT.message),
      );
      await expect(t.try(ReserveStock, { orderNo: 'A-1' })).rejects.toMatchObject({
        code: 'ALREADY_CANCELLED',
      });
    });
    await expect(run).resolves.toMatchObject({ outcome: 'cancelled', reason: SOLD_OUT });
  });

  test.each([
    ['caught', (tried: Promise<unknown>) => tried.catch(() => {})],
    ['never awaited', async () => {}],
  ])('with a Try that failed is not confirmed, though that was %s', async (_how, handle) => {
    const run = tcc.run({ name: 'checkout' }, async (t) => {
      await t.try(CreateOrder, { customer: 'c-1' });
      await handle(t.try(ReserveStock, { orderNo: 'A-1' }, { branchId: 'no name' }));
    });
    await expect(run).rejects.toMatchObject({ name: 'ProblemError', code: 'INVALID_REQUEST' });
    expect(fake.transaction()?.phase).toBe('cancelling');
  });

  test('whose function throws is cancelled, and rejects with that error', async () => {
    const bug = new TypeError(`no ${'address '.repeat(1_000)}`);
    const run = tcc.run({ name: 'checkout' }, async (t) => {
      await t.try(CreateOrder, { customer: 'c-1' });
      throw bug;
    });
    await expect(run).rejects.toBe(bug);
    const { phase, reason } = fake.transaction() as NonNullable<ReturnType<typeof fake.transaction>>;
    expect(phase).toBe('cancelling');
    expect(reason).toMatchObject({ code: 'INITIATOR_FAILED', branchId: null });
    expect(reason?.message).toMatch(/^TypeError: no address/);
    expect(reason?.message).toHaveLength(1024);
  });

  test('whose reservation does not fit its definition is cancelled', async () => {
    fake.answer = () => ({ tried: { orderNo: 7 } });
    const run = tcc.run({ name: 'checkout' }, (t) => t.try(CreateOrder, { customer: 'c-1' }));
    await expect(run).rejects.toBeInstanceOf(z.ZodError);
    expect(fake.transaction()?.phase).toBe('cancelling');
  });

  test('that meets a branch of somebody else is cancelled', async () => {
    const run = tcc.run({ name: 'checkout' }, async (t) => {
      await tcc.registerBranch({ xid: t.xid, branchId: 'x' }, ReserveStock, { orderNo: 'A-1' }, async () => ({
        outcome: 'tried',
        answer: { reservationId: 'r-9' },
      }));
    });
    await expect(run).rejects.toMatchObject({ code: 'BRANCHES_DIFFER' });
    expect(fake.transaction()?.phase).toBe('cancelling');
  });

  test('whose deadline passes before it confirms is cancelled', async () => {
    const run = tcc.run({ name: 'checkout' }, async (t) => {
      await t.try(CreateOrder, { customer: 'c-1' });
      fake.expireAll();
    });
    await expect(run).resolves.toMatchObject({ outcome: 'cancelled', reason: { code: 'TIMEOUT' } });
  });

  test('whose Try outlasts the deadline is cancelled', async () => {
    fake.answer = () => 'silent';
    const run = tcc.run({ name: 'checkout' }, (t) => t.try(CreateOrder, { customer: 'c-1' }));
    await until(() => fake.transaction()?.branches.length === 1, { what: 'the branch' });
    fake.expireAll();
    await expect(run).resolves.toMatchObject({ outcome: 'cancelled', reason: { code: 'TIMEOUT' } });
  });

  test('whose Try gets no answer within the limit is cancelled', async () => {
    fake.answer = () => 'silent';
    fake.holdMsMax = 0;
    const run = tcc.run({ name: 'checkout', giveUpAfter: '5s' }, (t) =>
      t.try(CreateOrder, { customer: 'c-1' }),
    );
    await expect(run).resolves.toMatchObject({ outcome: 'cancelled', reason: { code: 'INITIATOR_FAILED' } });
  });

  test('may wait for the end', async () => {
    const run = checkout({ wait: 'ended' });
    await until(() => fake.transaction()?.phase === 'confirming', { what: 'the decision' });
    fake.settleAll();
    await expect(run).resolves.toMatchObject({ outcome: 'confirmed', endedAt: '2026-01-01T00:00:00.000Z' });
  });
});
