import { expect, test } from '@jest/globals';
import { FAILURES_MAX, FailedLogins, WINDOW_MS } from './failed-logins.js';

function failing(logins: FailedLogins, address: string, times: number, nowMs: number): void {
  for (let i = 0; i < times; i++) logins.add(address, nowMs);
}

test('an address waits for the end of its window, another does not', () => {
  const logins = new FailedLogins();
  failing(logins, 'a', FAILURES_MAX - 1, 0);
  expect(logins.waitMs('a', 0)).toBe(0);
  logins.add('a', 1_000);
  expect(logins.waitMs('a', 1_000)).toBe(WINDOW_MS - 1_000);
  expect(logins.waitMs('b', 1_000)).toBe(0);
  expect(logins.waitMs('a', WINDOW_MS)).toBe(0);
  logins.add('a', WINDOW_MS);
  expect(logins.waitMs('a', WINDOW_MS)).toBe(0);
});

test('a flood of addresses is forgotten by its beginning, not kept', () => {
  const logins = new FailedLogins();
  failing(logins, 'first', FAILURES_MAX, 0);
  failing(logins, 'second', FAILURES_MAX, 0);
  for (let i = 0; i < 9_999; i++) logins.add(`flood ${i}`, 1);
  expect(logins.waitMs('first', 1)).toBe(0);
  expect(logins.waitMs('second', 1)).toBeGreaterThan(0);
});
