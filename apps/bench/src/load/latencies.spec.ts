import { Latencies } from './latencies.js';

test('percentiles are true to three digits, from a fraction of a millisecond to minutes', () => {
  const latencies = new Latencies();
  for (let n = 1; n <= 1000; n++) latencies.record(n / 10);
  latencies.record(120_000);
  const found = latencies.percentiles();
  expect(found?.count).toBe(1001);
  expect(found?.p50Ms).toBeCloseTo(50, 0);
  expect(found?.p90Ms).toBeCloseTo(90, 0);
  expect(found?.p99Ms).toBeCloseTo(99, 0);
  expect(Math.abs((found?.maxMs ?? 0) / 120_000 - 1)).toBeLessThan(0.001);
});

test('nothing recorded has no percentiles', () => {
  expect(new Latencies().percentiles()).toBeNull();
});
