import type { Overload, OverloadStep } from './overload.js';
import { isBalanced } from './books.js';
import { overloadTable } from './overload-table.js';

const latencies = { count: 1, p50Ms: 400, p90Ms: 500, p99Ms: 600, p999Ms: 700, maxMs: 800 };
const seen = {
  decided: null,
  ended: latencies,
  cancelled: 0,
  refused: 0,
  unsent: 0,
  errors: 0,
  errorSamples: [],
};
const step = (more: Partial<OverloadStep>): OverloadStep => ({
  ...{ ofCeiling: 3, perSecond: 3_000, endedPerSecond: 800, refusedPerSecond: 2_200, seen },
  ...{ cores: { driver: 0.4, coordinator: 0.69, kafka: 0.2 }, residentMiB: { coordinator: 150 } },
  ...more,
});
const overload = (more: Partial<Overload> = {}): Overload => ({
  ...{ ceilingPerSecond: 1_000, ceilingCores: { coordinator: 0.5, driver: 0.2 }, steps: [step({})] },
  ...{ normalAfterMs: 1_250, normalMs: 350, balanced: true },
  ...more,
});

test('the table tells goodput, latencies, and what driver and refusals cost', () => {
  const table = overloadTable(overload());
  expect(table).toMatch(/300% +3000 +800 +80% +2200 +400 ms +600 ms +800 ms +0/);
  expect(table).toMatch(/300% +0\.40 +0\.69 +0\.00 +0\.20 +150/);
  // 0.69 less 0.5 for each 1,000 that ended, over 2,200.
  expect(table).toContain('costs the coordinator 0.132 ms of CPU');
  expect(table).toContain('after 1.25 s');
  expect(table).toContain('the books balance');
});

test('what went wrong is said', () => {
  const table = overloadTable(overload({ normalAfterMs: null, balanced: false }));
  expect(table).toContain('Not back to normal');
  expect(table).toContain('DO NOT balance');
});

test('books balance if all has ended and each participant has one piece more for each that was confirmed', () => {
  const before = { confirmed: 5, unended: 0, settled: [5, 7], frozen: [0, 0] };
  const after = { confirmed: 8, unended: 0, settled: [8, 10], frozen: [0, 0] };
  expect(isBalanced(before, after)).toBe(true);
  expect(isBalanced(before, { ...after, unended: 1 })).toBe(false);
  expect(isBalanced(before, { ...after, frozen: [0, 1] })).toBe(false);
  expect(isBalanced(before, { ...after, settled: [8, 11] })).toBe(false);
});
