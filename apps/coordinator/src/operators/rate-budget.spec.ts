import { expect, test } from '@jest/globals';
import { RateBudget } from './rate-budget.js';

test('begins with one, and earns so many a second', () => {
  const budget = new RateBudget(10, 0);
  expect(budget.take(0)).toBe(1);
  expect(budget.take(0)).toBe(0);
  expect(budget.take(250)).toBe(2);
  expect(budget.take(300)).toBe(1);
  expect(budget.take(1_300)).toBe(10);
});

test('what is slower than the ticks still comes', () => {
  const budget = new RateBudget(1, 0);
  const taken = Array.from({ length: 13 }, (_, tick) => budget.take(tick * 250));
  expect(taken).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]);
});

test('saves up one second and no more', () => {
  const budget = new RateBudget(10, 0);
  expect(budget.take(60_000)).toBe(10);
});
