import type { FakeCoordinator } from './fake-coordinator.suite.js';
import { setUp, stock } from './samples.suite.js';
import type { Setup } from './samples.suite.js';

let setup: Setup;
let fake: FakeCoordinator;
beforeEach(async () => {
  setup = await setUp();
  ({ fake } = setup);
});
afterEach(() => setup.tearDown());

const run = (options = {}) => setup.tcc.run({ name: 'checkout', ...options }, [stock()]);
const runs = (count: number) => Promise.all(Array.from({ length: count }, () => run()));

test('300 runs at once take two requests, and each is told its own outcome', async () => {
  const outcomes = await runs(300);
  expect(fake.requests).toHaveLength(2);
  expect(new Set(outcomes.map(({ xid }) => xid)).size).toBe(300);
  expect(outcomes.every(({ outcome }) => outcome === 'confirmed')).toBe(true);
});

test('a run that is turned down hurts no other of its request', async () => {
  const results = await Promise.allSettled([run(), run({ name: 'no name' }), run()]);
  expect(results).toMatchObject([
    { value: { outcome: 'confirmed' } },
    { reason: { name: 'ProblemError', code: 'INVALID_REQUEST' } },
    { value: { outcome: 'confirmed' } },
  ]);
  expect(fake.requests).toHaveLength(1);
});

test('a run whose participants take their time keeps back no other', async () => {
  fake.answer = () => 'silent';
  const slow = run();
  while (fake.begun === 0) await new Promise((resolve) => setImmediate(resolve));
  const slowXid = fake.transaction()?.xid as string;
  fake.answer = () => ({ tried: null });
  await expect(run()).resolves.toMatchObject({ outcome: 'confirmed' });
  fake.answerNow(slowXid, 'inventory.reserve', { tried: null });
  await expect(slow).resolves.toMatchObject({ outcome: 'confirmed', xid: slowXid });
});

test('only those are repeated whose line was lost', async () => {
  fake.faults = ['truncatedAfter'];
  const outcomes = await runs(8);
  expect(new Set(outcomes.map(({ xid }) => xid)).size).toBe(8);
  expect(outcomes.every(({ replayed }) => !replayed)).toBe(true);
  expect(fake.begun).toBe(8);
  expect(fake.begins.length).toBeGreaterThan(8);
  expect(fake.begins.length).toBeLessThan(16);
});
