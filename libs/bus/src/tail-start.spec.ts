import { expect, test } from '@jest/globals';
import { PositionGone } from './bus.js';
import { tailStart } from './tail-start.js';

const SPANS = [
  { partition: 0, oldest: 5n, next: 9n },
  { partition: 1, oldest: 0n, next: 0n },
];

test('a tail begins at the end, or where it is told to', () => {
  expect(tailStart(SPANS, undefined)).toEqual(
    new Map([
      [0, 9n],
      [1, 0n],
    ]),
  );
  expect(
    tailStart(
      SPANS,
      new Map([
        [0, 5n],
        [1, 0n],
      ]),
    ),
  ).toEqual(
    new Map([
      [0, 5n],
      [1, 0n],
    ]),
  );
  expect(tailStart(SPANS, new Map([[0, 9n]]))).toEqual(
    new Map([
      [0, 9n],
      [1, 0n],
    ]),
  );
  expect(tailStart(SPANS, new Map([[1, 0n]]))).toEqual(
    new Map([
      [0, 5n],
      [1, 0n],
    ]),
  );
});

test.each<[string, [number, bigint]]>([
  ['what is gone', [0, 4n]],
  ['what never was', [0, 10n]],
  ['a partition that is none', [2, 0n]],
])('it does not begin at %s', (_, entry) => {
  expect(() => tailStart(SPANS, new Map([entry]))).toThrow(PositionGone);
});
