import { durationBetween, durationMs } from './duration.js';

test.each([
  ['0ms', 0],
  ['500ms', 500],
  ['30s', 30_000],
  ['10m', 600_000],
  ['2h', 7_200_000],
  ['999999999h', 999_999_999 * 3_600_000],
])('%s is %d ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
  expect(Number.isSafeInteger(ms)).toBe(true);
});

const MALFORMED = [
  '',
  '30',
  's',
  '-1s',
  '1.5s',
  '1 s',
  ' 1s',
  '1s ',
  '1S',
  '1d',
  '1s1s',
  '1e3s',
  '1s\n',
  '1000000000ms',
];

test.each(MALFORMED)('%j is no duration', (text) => {
  expect(() => durationMs(text)).toThrow(RangeError);
  const { error } = durationBetween(0, 1).safeParse(text);
  // One sentence, which says what to write.
  expect(error?.issues.map(({ message }) => message)).toEqual([
    'a duration is a number and a unit, such as 500ms, 30s, 10m or 2h',
  ]);
});

test.each([
  ['99ms', false],
  ['100ms', true],
  ['2000ms', true],
  ['2s', true],
  ['2001ms', false],
  ['1h', false],
])('limits are included: %s', (text, fits) => {
  expect(durationBetween(100, 2_000).safeParse(text).success).toBe(fits);
});

test('what lies outside is told the limits', () => {
  const { error } = durationBetween(100, 2_000).safeParse('3s');
  expect(error?.issues.map(({ message }) => message)).toEqual(['between 100 ms and 2000 ms']);
});
