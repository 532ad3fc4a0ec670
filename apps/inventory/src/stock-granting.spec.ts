import { grantStock } from './stock-granting.js';

const line = (sku: string, quantity: number) => ({ sku, quantity });
const granted = (...lines: [string, number][]) => ({ granted: new Map(lines) });

test('lines of one SKU are added up, whatever stands between them', () => {
  const available = new Map([['a', 10]]);
  expect(grantStock([[line('a', 4), line('b', 0), line('a', 6)]], available)).toEqual([
    granted(['a', 10], ['b', 0]),
  ]);
  expect(grantStock([[line('a', 6), line('a', 5)]], available)).toEqual([
    { short: [{ sku: 'a', wanted: 11, left: 10 }] },
  ]);
});

test('branches are granted in their order while stock lasts, and a smaller one after a refused one fits', () => {
  const grants = grantStock([[line('a', 6)], [line('a', 5)], [line('a', 4)]], new Map([['a', 10]]));
  expect(grants).toEqual([
    granted(['a', 6]),
    { short: [{ sku: 'a', wanted: 5, left: 4 }] },
    granted(['a', 4]),
  ]);
});

test('a branch that is short of one SKU gets nothing of the others, and leaves it to those after it', () => {
  const available = new Map([
    ['a', 3],
    ['b', 0],
  ]);
  const grants = grantStock([[line('a', 3), line('b', 1), line('c', 1)], [line('a', 3)]], available);
  expect(grants).toEqual([
    {
      short: [
        { sku: 'b', wanted: 1, left: 0 },
        { sku: 'c', wanted: 1, left: 0 },
      ],
    },
    granted(['a', 3]),
  ]);
  expect(available.get('a')).toBe(3);
});
