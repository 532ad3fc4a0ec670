import { expect, test } from '@jest/globals';
import { printable, shortened } from './printable.js';
import { textList, textTable } from './table.js';
import { agoText, spanText } from './time-text.js';

test('a table has columns as wide as what stands in them, and a dash for nothing', () => {
  const table = textTable(
    ['NAME', 'COUNT', 'LAST ERROR'],
    [
      ['payment', 12, null],
      ['inventory', 3, 'gone'],
      ['', 0, 'Käse 🧀'],
    ],
  );
  expect(table.split('\n')).toEqual([
    'NAME       COUNT  LAST ERROR',
    'payment    12     -',
    'inventory  3      gone',
    '-          0      Käse 🧀',
  ]);
});

test('a list has its names below each other', () => {
  expect(
    textList([
      ['phase', 'confirming'],
      ['reference', null],
    ]),
  ).toBe('phase      confirming\nreference  -');
});

test('a text of others neither moves the cursor nor breaks a line', () => {
  expect(printable('red \u001b[31malert\u001b[0m\r\nnext\u2028line\u202e')).toBe(
    'red [31malert [0m next line',
  );
});

test('a text that is too long says that it was cut, and no character is halved', () => {
  expect(shortened('12345', 5)).toBe('12345');
  expect(shortened('🧀🧀🧀', 2)).toBe('🧀…');
});

test.each([
  [0, '0s'],
  [999, '0s'],
  [59_000, '59s'],
  [60_000, '1m'],
  [192_000, '3m 12s'],
  [3_600_000, '1h'],
  [7_384_000, '2h 3m'],
  [90_061_000, '1d 1h'],
])('%d ms is %s', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});

test('a time is told as ago, or as still to come', () => {
  const now = Date.parse('2026-01-01T00:10:00Z');
  expect(agoText('2026-01-01T00:09:30Z', now)).toBe('30s ago');
  expect(agoText('2026-01-01T00:12:00Z', now)).toBe('in 2m');
  expect(agoText(null, now)).toBeNull();
});
