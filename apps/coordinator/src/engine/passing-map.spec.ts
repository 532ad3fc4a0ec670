import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { PassingMap } from './passing-map.js';

test('it is a map, in the order in which keys came', () => {
  const map = new PassingMap<{ n: number }>();
  for (const n of [1, 2, 3]) map.set(`k${n}`, { n });
  map.set('k1', { n: 10 });
  map.delete('k2');
  map.delete('never there');
  expect(map.size).toBe(2);
  expect(map.get('k1')).toEqual({ n: 10 });
  expect(map.get('k2')).toBeUndefined();
  expect([...map.values()]).toEqual([{ n: 10 }, { n: 3 }]);
  expect([...map.entries()]).toEqual([
    ['k1', { n: 10 }],
    ['k3', { n: 3 }],
  ]);
});

test('what was deleted goes with the next scavenge', () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options?: { type: 'minor' }) => void;
  const map = new PassingMap<number[]>();
  const passes = (from: number, count: number) => {
    for (let n = from; n < from + count; n++) {
      map.set(String(n), new Array<number>(1_000).fill(n));
      map.delete(String(n - 64));
    }
  };
  passes(0, 1_000);
  // Now a table of the map is old; the numbers that come next are not.
  gc();
  const before = process.memoryUsage().heapUsed;
  for (let round = 1; round <= 10; round++) {
    passes(round * 1_000, 1_000);
    gc({ type: 'minor' });
  }
  // 10,000 times 8 kB have passed, of which 64 are left.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
});
