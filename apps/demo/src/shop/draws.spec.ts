import { describe, expect, test } from '@jest/globals';
import { curve, Draws, valueAt, Weighted } from './draws.js';

describe('a curve', () => {
  const line = curve('0% 1, 50% 8, 100% 28');

  test.each([
    [0, 1],
    [0.25, 4.5],
    [0.5, 8],
    [0.75, 18],
    [1, 28],
  ])('has at share %d the value %d', (share, value) => {
    expect(valueAt(line, share)).toBe(value);
  });

  test('with a broken point is refused', () => {
    expect(() => curve('0% 1, 50 8')).toThrow('50 8 is no point of a curve');
  });
});

test('the same seed draws the same', () => {
  const drawn = (seed: number) => {
    const draws = new Draws(seed);
    return [
      draws.int(1, 1_000_000),
      draws.share(),
      draws.pick('abc'.split('')),
      draws.shuffled([1, 2, 3, 4]),
    ];
  };
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
});

test('a part of a curve can be drawn from', () => {
  const draws = new Draws(1);
  const values = Array.from({ length: 1_000 }, () => draws.value(curve('0% 0, 100% 100'), 0.2, 0.3));
  expect(Math.min(...values)).toBeGreaterThanOrEqual(20);
  expect(Math.max(...values)).toBeLessThan(30);
});

test('weights are shares of what is drawn, and a weight of 0 is never drawn', () => {
  const draws = new Draws(1);
  const weighted = new Weighted(
    ['seldom', 'never', 'often'],
    (item) => ({ seldom: 1, never: 0, often: 3 })[item] ?? 0,
  );
  const counts = { seldom: 0, never: 0, often: 0 };
  for (let index = 0; index < 10_000; index += 1) counts[weighted.draw(draws) as keyof typeof counts] += 1;
  expect(counts.never).toBe(0);
  expect(counts.often / counts.seldom).toBeCloseTo(3, 0);
});
