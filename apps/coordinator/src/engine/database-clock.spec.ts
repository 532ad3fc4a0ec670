import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { DatabaseClock } from './database-clock.js';

/** The database's clock is so far ahead of the monotonic one. */
const AHEAD_MS = 1_700_000_000_000;

let monotonic: number;
let clock: DatabaseClock;
beforeEach(() => {
  monotonic = 5_000;
  jest.spyOn(performance, 'now').mockImplementation(() => monotonic);
  clock = new DatabaseClock();
  read(0, 0);
});
afterEach(() => void jest.restoreAllMocks());

/** A reading that is made `there` milliseconds after it was asked for, and arrives `back` later. */
function read(there: number, back: number, ahead = AHEAD_MS): void {
  const askedAt = monotonic;
  monotonic += there + back;
  clock.adjust(askedAt + there + ahead, askedAt);
}
const error = (ahead = AHEAD_MS) => clock.now() - (monotonic + ahead);

test('whatever clock this machine has, the first reading sets it', () => {
  expect(error()).toBe(0);
});

test.each([
  ['before the database has been asked', 14_000, 0],
  ['before the answer is read', 0, 14_000],
])('standing still %s moves it by nothing', (_, there, back) => {
  read(there, back);
  expect(error()).toBe(0);
});

test.each([
  ['behind, as after a halt that the monotonic clock has not counted', 30_000],
  ['ahead', -30_000],
])('when it is %s, one reading corrects it to within the time that took', (_, by) => {
  read(1, 2, AHEAD_MS + by);
  expect(Math.abs(error(AHEAD_MS + by))).toBeLessThanOrEqual(2);
});

test('the quickest readings set it, slow ones in between take nothing of that', () => {
  const drifted = AHEAD_MS + 40;
  read(1, 1, drifted);
  for (let n = 0; n < 10; n++) read(n % 2 ? 300 : 1, n % 2 ? 1 : 300, drifted);
  expect(Math.abs(error(drifted))).toBeLessThanOrEqual(1);
});
