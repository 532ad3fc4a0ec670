import { SteadyRate } from './warm-up.js';

function stepsUntilSteady(counts: readonly number[]): number {
  const rate = new SteadyRate();
  const last = counts.findIndex((count) => (rate.add(count), rate.isSteady));
  return last + 1;
}

test('it is warm when five steps in a row were no quicker than the best', () => {
  expect(stepsUntilSteady([100, 200, 300, 310, 290, 300, 305, 299, 300])).toBe(8);
  expect(stepsUntilSteady([100, 104, 120, 121, 122, 118, 119, 121, 122])).toBe(8);
});

test('what never gets steady is not waited for', () => {
  expect(stepsUntilSteady(Array.from({ length: 40 }, (_, n) => 2 ** n))).toBe(15);
});
