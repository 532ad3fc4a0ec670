import { until } from '@holdfast/testing';
import { OutcomeUnknown, ProblemError } from './errors.js';
import type { FakeCoordinator } from './fake-coordinator.suite.js';
import { answerOf } from './outcome.js';
import { CreateOrder, ReserveStock, SOLD_OUT, YES, order, setUp, stock } from './samples.suite.js';
import type { Setup } from './samples.suite.js';
import { TccClient } from './tcc-client.js';

let setup: Setup;
let fake: FakeCoordinator;
let tcc: TccClient;

beforeEach(async () => {
  setup = await setUp();
  ({ fake, tcc } = setup);
});
afterEach(() => setup.tearDown());

describe('a declared run', () => {
  test('is one request that is answered with the decision', async () => {
    const outcome = await tcc.run({ name: 'checkout', reference: 'R-1', timeout: '10s' }, [
      order(),
      stock(),
      stock(),
    ]);
    expect(outcome).toEqual({
      xid: fake.transaction()?.xid,
      outcome: 'confirmed',
      reason: null,
      decidedAt: '2026-01-01T00:00:00.000Z',
      endedAt: null,
      replayed: false,
      answers: {
        'order.create': YES.tried,
        'inventory.reserve': YES.tried,
        'inventory.reserve-2': YES.tried,
      },
    });
    expect(answerOf(outcome, CreateOrder)).toEqual({ orderNo: 'A-1' });
    expect(answerOf(outcome, ReserveStock, 'inventory.reserve-2')).toEqual({ reservationId: 'r-1' });
    expect(answerOf(outcome, ReserveStock, 'inventory.reserve-3')).toBeUndefined();
    expect(fake.requests).toHaveLength(1);
    expect(fake.transaction()).toMatchObject({ reference: 'R-1', name: 'checkout' });
  });

  test('is one request even when the decision takes its time', async () => {
    fake.answer = () => 'silent';
    const run = tcc.run({ name: 'checkout' }, [stock()]);
    await until(() => fake.begun === 1, { what: 'the begin' });
    fake.answerNow(fake.transaction()?.xid as string, 'inventory.reserve', { tried: null });
    await expect(run).resolves.toMatchObject({ outcome: 'confirmed', answers: {} });
    expect(fake.requests).toHaveLength(1);
    expect(setup.clock.sleptMs).toEqual([]);
  });

  test('asks again with the same key when a wait has run out', async () => {
    fake.answer = () => 'silent';
    fake.holdMsMax = 0;
    fake.beforeRequest = (count) => {
      if (count === 3)
        fake.answerNow(fake.transaction()?.xid as string, 'inventory.reserve', { tried: null });
    };
    await expect(tcc.run({ name: 'checkout' }, [stock()])).resolves.toMatchObject({
      outcome: 'confirmed',
      replayed: false,
    });
    expect(new Set(fake.begins.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(fake.begun).toBe(1);
    expect(setup.clock.sleptMs).toHaveLength(2);
  });

  test('that may be confirmed only later is unknown when it gives up before', async () => {
    fake.holdMsMax = 0;
    const confirmNotBefore = new Date('2026-01-01T12:00:00.000Z');
    const run = tcc.run({ name: 'checkout', confirmNotBefore, giveUpAfter: '3s' }, [stock()]);
    await expect(run).rejects.toThrow(OutcomeUnknown);
    expect(fake.transaction()).toMatchObject({ phase: 'trying', confirmNotBefore: +confirmNotBefore });
    expect(await tcc.outcomeOf(fake.transaction()?.xid as string)).toBeNull();
  });

  test('that is refused is cancelled with the reason', async () => {
    fake.answer = () => ({ refused: SOLD_OUT });
    await expect(tcc.run({ name: 'checkout' }, [stock()])).resolves.toMatchObject({
      outcome: 'cancelled',
      reason: { ...SOLD_OUT, branchId: 'inventory.reserve' },
      answers: {},
    });
  });

  test('may wait for the end', async () => {
    const run = tcc.run({ name: 'checkout', wait: 'ended' }, [stock()]);
    await until(() => fake.begun === 1, { what: 'the begin' });
    fake.settleAll();
    await expect(run).resolves.toMatchObject({ outcome: 'confirmed', endedAt: '2026-01-01T00:00:00.000Z' });
    expect(fake.requests).toHaveLength(1);
  });

  test('tells a decision that it knows, though its end did not come in time', async () => {
    fake.holdMsMax = 0;
    const options = { name: 'checkout', wait: 'ended', giveUpAfter: '20s' } as const;
    await expect(tcc.run(options, [stock()])).resolves.toMatchObject({ outcome: 'confirmed', endedAt: null });
    expect(setup.clock.nowMs()).toBeLessThanOrEqual(20_000);
  });

  test('that the coordinator turns down is a problem, and nothing was begun', async () => {
    const run = tcc.run({ name: 'no name' }, [stock()]);
    await expect(run).rejects.toMatchObject({ name: 'ProblemError', code: 'INVALID_REQUEST', status: 422 });
    expect(fake.begun).toBe(0);
  });
});

describe('the client', () => {
  test('keeps its connections', async () => {
    for (let i = 0; i < 20; i++) await tcc.run({ name: 'checkout' }, [stock()]);
    // The next run may start before the connection of the last one counts as free.
    expect(fake.connections).toBeLessThanOrEqual(2);
  });

  test('has no more connections than it may, and the rest queues', async () => {
    const narrow = new TccClient({ url: fake.url, connections: 4 });
    const runs = Array.from({ length: 40 }, () =>
      narrow.run({ name: 'checkout' }, (t) => t.try(ReserveStock, { orderNo: 'A-1' })),
    );
    const outcomes = await Promise.all(runs);
    expect(outcomes.every(({ outcome }) => outcome === 'confirmed')).toBe(true);
    expect(fake.connections).toBe(4);
    await narrow.close();
  });

  test('speaks to a coordinator below a path', async () => {
    const below = new TccClient({ url: `${fake.url}/holdfast/` });
    await expect(below.run({ name: 'checkout' }, [stock()])).rejects.toBeInstanceOf(ProblemError);
    expect(fake.requests[0]?.line).toMatch(/^POST \/holdfast\/v1\/transactions\/actions\/begin$/);
    await below.close();
  });

  test('finds what became of a transaction', async () => {
    fake.answer = () => 'silent';
    fake.holdMsMax = 0;
    const run = tcc.run({ name: 'checkout', giveUpAfter: '1s' }, [stock()]);
    await expect(run).rejects.toBeInstanceOf(OutcomeUnknown);
    const xid = fake.transaction()?.xid as string;
    await expect(tcc.outcomeOf(xid)).resolves.toBeNull();
    fake.answerNow(xid, 'inventory.reserve', { refused: SOLD_OUT });
    await expect(tcc.outcomeOf(xid)).resolves.toMatchObject({ xid, outcome: 'cancelled', reason: SOLD_OUT });
    await expect(tcc.outcomeOf('x/../y')).rejects.toMatchObject({ code: 'TRANSACTION_NOT_FOUND' });
  });

  test.each(['', ' ', 'a b', 'ä', 'x'.repeat(256)])(
    'takes no idempotency key that HTTP would not carry: %j',
    async (key) => {
      await expect(tcc.run({ name: 'checkout', idempotencyKey: key }, [stock()])).rejects.toBeInstanceOf(
        RangeError,
      );
      expect(fake.requests).toEqual([]);
    },
  );

  test.each([{ timeout: '30' }, { giveUpAfter: 'soon' }])(
    'takes no malformed duration: %j',
    async (duration) => {
      await expect(tcc.run({ name: 'checkout', ...duration }, [stock()])).rejects.toBeInstanceOf(RangeError);
      expect(fake.requests).toEqual([]);
    },
  );

  test('that is closed repeats nothing', async () => {
    await tcc.close();
    const run = tcc.run({ name: 'checkout', idempotencyKey: 'k-1' }, [stock()]);
    await expect(run).rejects.toMatchObject({ name: 'OutcomeUnknown', idempotencyKey: 'k-1', xid: null });
    expect(setup.clock.sleptMs).toEqual([]);
  });
});
