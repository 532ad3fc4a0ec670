import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Transaction } from '@holdfast/core';
import { Waiters } from './waiters.js';

const HOUR_MS = 3_600_000;

let now = 0;
let waiters: Waiters;
beforeEach(() => {
  now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  waiters = new Waiters();
});
afterEach(() => {
  waiters.releaseAll();
  jest.restoreAllMocks();
});

const transaction = (xid: string, phase = 'trying') => ({ xid, phase }) as Transaction;
const isConfirmed = ({ phase }: Transaction) => phase === 'confirmed';
const wait = (xid: string, seen = 0) => waiters.wait(xid, seen, isConfirmed, HOUR_MS);
const toLookAt = (pauseMs: (xid: string) => number, limit = 10) =>
  waiters.toLookAt(pauseMs, limit).map(({ xid }) => xid);

test('whoever waits is told when it has got there, and not before', async () => {
  const told = wait('a');
  waiters.notify(transaction('a'), 2);
  expect(toLookAt(() => 0)).toEqual(['a']);
  waiters.notify(transaction('a', 'confirmed'), 3);
  await expect(told).resolves.toMatchObject({ phase: 'confirmed' });
  expect(toLookAt(() => 0)).toEqual([]);
});

test('a row is looked at again after the pause only, counted from the last look', () => {
  void wait('a');
  now = 999;
  expect(toLookAt(() => 1_000)).toEqual([]);
  now = 1_000;
  expect(toLookAt(() => 1_000)).toEqual(['a']);
  now = 1_999;
  expect(toLookAt(() => 1_000)).toEqual([]);
  now = 2_000;
  expect(toLookAt(() => 1_000)).toEqual(['a']);
});

test('each transaction has a pause of its own', () => {
  void wait('held');
  void wait('elsewhere');
  expect(toLookAt((xid) => (xid === 'held' ? 1_000 : 0))).toEqual(['elsewhere']);
});

test('where more is to be looked at than may be, all have their turn', () => {
  for (const xid of ['a', 'b', 'c']) void wait(xid);
  expect(toLookAt(() => 0, 2)).toEqual(['a', 'b']);
  expect(toLookAt(() => 0, 2)).toEqual(['c', 'a']);
  expect(toLookAt(() => 0, 2)).toEqual(['b', 'c']);
});

test('a look asks for what is newer than all who wait have seen', () => {
  const seenOf = () => waiters.toLookAt(() => 0, 10);
  void wait('a', 4);
  expect(seenOf()).toEqual([{ xid: 'a', version: 4 }]);
  waiters.notify(transaction('a'), 6);
  waiters.notify(transaction('a'), 5);
  expect(seenOf()).toEqual([{ xid: 'a', version: 6 }]);
  // This one may wait for what the others have seen already.
  void wait('a', 2);
  expect(seenOf()).toEqual([{ xid: 'a', version: 2 }]);
});
