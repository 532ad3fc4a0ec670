import fc from 'fast-check';
import { RETRY_POLICY, backoffMs } from './backoff.js';

const { firstMs, capMs } = RETRY_POLICY;
const attempts = fc.integer({ min: 1, max: 100_000 });

test('peer defect 3: the first retry comes after 150 to 200 ms, whatever the seed', () => {
  fc.assert(
    fc.property(fc.string(), (seed) => {
      const wait = backoffMs(firstMs, capMs, 1, seed);
      expect(wait).toBeGreaterThanOrEqual(150);
      expect(wait).toBeLessThanOrEqual(200);
    }),
  );
});

test('peer defect 3, peer defect 29: each wait doubles, less a quarter at most, and none exceeds the cap', () => {
  fc.assert(
    fc.property(attempts, fc.string(), (attempt, seed) => {
      const wait = backoffMs(firstMs, capMs, attempt, seed);
      const nominal = Math.min(capMs, 200 * 2 ** (attempt - 1));
      expect(wait).toBeLessThanOrEqual(nominal);
      expect(wait).toBeGreaterThanOrEqual(Math.floor(nominal * 0.75));
      expect(Number.isInteger(wait)).toBe(true);
    }),
  );
});

test('the same attempt of the same branch waits the same, in every process', () => {
  fc.assert(
    fc.property(attempts, fc.string(), (attempt, seed) => {
      expect(backoffMs(firstMs, capMs, attempt, seed)).toBe(backoffMs(firstMs, capMs, attempt, seed));
    }),
  );
  expect([1, 5, 40].map((attempt) => backoffMs(firstMs, capMs, attempt, 'x/a'))).toEqual([181, 2860, 263102]);
});

test('what failed together does not return together: seeds and attempts spread over the whole quarter', () => {
  const tenths = new Set<number>();
  for (let i = 0; i < 1_000; i++) {
    tenths.add(Math.floor((backoffMs(200_000, capMs, 1, `xid-${i}/a`) - 150_000) / 5_000));
  }
  expect([...tenths].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const atTheCap = new Set(Array.from({ length: 20 }, (_, i) => backoffMs(firstMs, capMs, 20 + i, 'x/a')));
  expect(atTheCap.size).toBeGreaterThan(15);
});
