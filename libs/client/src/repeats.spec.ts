import { INPUT_BYTES_MAX } from '@holdfast/protocol';
import { until } from '@holdfast/testing';
import { branch } from './branch-call.js';
import { FakeCoordinator } from './fake-coordinator.suite.js';
import type { Fault } from './fake-coordinator.suite.js';
import { CreateOrder, ReserveStock, setUp, stock } from './samples.suite.js';
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

const OPTIONS = { name: 'checkout', idempotencyKey: 'basket-1' };

describe('a run that is repeated with its key', () => {
  let calls: number;
  const run = (interruption = () => {}) =>
    tcc.run(OPTIONS, async (t) => {
      calls++;
      await t.try(CreateOrder, { customer: 'c-1' });
      interruption();
      await t.try(ReserveStock, { orderNo: 'A-1' });
    });

  beforeEach(() => {
    calls = 0;
  });

  test('peer defect 1: after the decision is told the same outcome, and nothing is done again', async () => {
    const first = await run();
    const decided = fake.transaction('basket-1');
    await expect(run()).resolves.toEqual({ ...first, replayed: true });
    expect(fake.transaction('basket-1')).toBe(decided);
    expect(calls).toBe(1);
  });

  test('may wait for the end of what was decided before', async () => {
    await run();
    const again = tcc.run({ ...OPTIONS, wait: 'ended' }, () => Promise.reject(new Error('must not run')));
    await until(() => fake.begins.at(-1)?.wait === 'ended', { what: 'the repeat' });
    fake.settleAll();
    await expect(again).resolves.toMatchObject({
      outcome: 'confirmed',
      replayed: true,
      endedAt: expect.any(String),
    });
  });

  test('peer defect 12: before the decision goes on with the same branches', async () => {
    const crash = new Error('the initiator died here');
    // Its cancel is lost as well, as if its process had died.
    const died = run(() => {
      fake.faults = Array<Fault>(200).fill('resetBefore');
      throw crash;
    });
    await expect(died).rejects.toMatchObject({
      name: 'OutcomeUnknown',
      idempotencyKey: 'basket-1',
      cause: crash,
    });
    fake.faults = [];
    await expect(run()).resolves.toMatchObject({ outcome: 'confirmed', replayed: true });
    expect(fake.begun).toBe(1);
    expect(fake.transaction()?.branches.map(({ branchId }) => branchId)).toEqual([
      'order.create',
      'inventory.reserve',
    ]);
  });

  test('peer defect 26: at the same time has one effect, and both are told the same', async () => {
    const [one, other] = await Promise.all([run(), run()]);
    expect([one.outcome, one.xid]).toEqual([other.outcome, other.xid]);
    expect([one.replayed, other.replayed].sort()).toEqual([false, true]);
    expect(fake.transaction()?.branches).toHaveLength(2);
  });

  test('tells what the other one decided, though its own function throws', async () => {
    const outcome = await tcc.run(OPTIONS, async () => {
      await run();
      throw new Error('too late to cancel');
    });
    expect(outcome).toMatchObject({ outcome: 'confirmed' });
    expect(fake.transaction('basket-1')?.phase).toBe('confirming');
  });

  test('and another body is turned down', async () => {
    await run();
    await expect(tcc.run({ ...OPTIONS, name: 'refund' }, [stock()])).rejects.toMatchObject({
      name: 'ProblemError',
      code: 'IDEMPOTENCY_KEY_REUSED',
      status: 409,
    });
    expect(fake.begun).toBe(1);
  });
});

test('runs without a key have one of their own each, in the order of time', async () => {
  for (let n = 0; n < 5; n++) await tcc.run({ name: 'checkout' }, [stock()]);
  const keys = fake.begins.map(({ idempotencyKey }) => idempotencyKey);
  expect(new Set(keys).size).toBe(5);
  expect(keys.toSorted()).toEqual(keys);
});

describe('a fault', () => {
  const faults: Fault[] = [
    'resetBefore',
    'resetAfter',
    'unavailableBefore',
    'unavailableAfter',
    'foreignAfter',
    'headOnlyAfter',
    'truncatedAfter',
  ];

  test.each(faults)('at the begin is repeated with the same key: %s', async (fault) => {
    fake.faults = [fault, fault];
    await expect(tcc.run({ name: 'checkout' }, [stock()])).resolves.toMatchObject({
      outcome: 'confirmed',
      replayed: false,
    });
    expect(fake.requests).toHaveLength(3);
    expect(new Set(fake.begins.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(fake.begun).toBe(1);
  });

  test.each(faults)('peer defect 12: at a registration leaves one branch: %s', async (fault) => {
    const run = tcc.run({ name: 'checkout' }, async (t) => {
      fake.faults = [fault, fault];
      await t.try(ReserveStock, { orderNo: 'A-1' });
    });
    await expect(run).resolves.toMatchObject({ outcome: 'confirmed' });
    expect(fake.transaction()?.branches).toHaveLength(1);
  });

  test.each(faults)('peer defect 16: at the confirm never turns it into a cancel: %s', async (fault) => {
    const run = tcc.run({ name: 'checkout' }, async (t) => {
      await t.try(ReserveStock, { orderNo: 'A-1' });
      fake.faults = [fault, fault];
    });
    await expect(run).resolves.toMatchObject({ outcome: 'confirmed' });
    expect(fake.requests.filter(({ line }) => line.includes('/cancel'))).toEqual([]);
  });

  test('peer defect 16: at every confirm leaves the outcome unknown, and nothing is cancelled', async () => {
    const run = tcc.run({ ...OPTIONS, giveUpAfter: '10s' }, async (t) => {
      await t.try(ReserveStock, { orderNo: 'A-1' });
      fake.faults = Array<Fault>(200).fill('resetAfter');
    });
    await expect(run).rejects.toMatchObject({
      name: 'OutcomeUnknown',
      idempotencyKey: 'basket-1',
      xid: expect.stringMatching(/-000000000001$/),
    });
    expect(fake.transaction()?.phase).toBe('confirming');
    expect(fake.requests.filter(({ line }) => line.includes('/cancel'))).toEqual([]);
  });
});

describe('peer defect 19: what nobody knows is told as unknown', () => {
  test('when the coordinator is away', async () => {
    await fake.stop();
    await expect(tcc.run({ ...OPTIONS, giveUpAfter: '10s' }, [stock()])).rejects.toMatchObject({
      name: 'OutcomeUnknown',
      idempotencyKey: 'basket-1',
      xid: null,
      cause: { name: 'ConnectionLost', neverSent: true },
    });
    expect(setup.clock.nowMs()).toBeGreaterThan(8_000);
    expect(setup.clock.nowMs()).toBeLessThanOrEqual(10_000);
  });

  test('when the decision does not come in time', async () => {
    fake.answer = () => 'silent';
    fake.holdMsMax = 0;
    await expect(tcc.run({ ...OPTIONS, giveUpAfter: '3s' }, [stock()])).rejects.toMatchObject({
      name: 'OutcomeUnknown',
      xid: expect.stringMatching(/-000000000001$/),
    });
  });

  test('when a repeat is turned down of a begin that was lost', async () => {
    fake.faults = ['resetAfter'];
    fake.beforeRequest = (count) => {
      if (count === 2) fake.refuseBegins = true;
    };
    await expect(tcc.run(OPTIONS, [stock()])).rejects.toMatchObject({
      name: 'OutcomeUnknown',
      cause: { code: 'UNKNOWN_RESOURCE' },
    });
    expect(fake.transaction('basket-1')?.phase).toBe('confirming');
  });

  test('but not when the lost begin was never sent', async () => {
    const { port } = new URL(fake.url);
    await fake.stop();
    setup.clock.onSleep = async () => {
      fake = await FakeCoordinator.start(Number(port));
      fake.refuseBegins = true;
    };
    await expect(tcc.run(OPTIONS, [stock()])).rejects.toMatchObject({ code: 'UNKNOWN_RESOURCE' });
    await fake.stop();
  });
});

test('peer defect 18: the largest input arrives whole', async () => {
  const customer = 'x'.repeat(INPUT_BYTES_MAX - '{"customer":""}'.length);
  await tcc.run({ name: 'checkout' }, [branch(CreateOrder, { customer })]);
  expect(fake.transaction()?.branches[0]?.input).toEqual({ customer });
});
