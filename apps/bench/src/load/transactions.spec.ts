import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@holdfast/testing';
import { ClosedLoop } from './closed-loop.js';
import type { Initiator } from './initiator.js';
import { OpenLoop } from './open-loop.js';
import { Tally } from './tally.js';
import { Transactions } from './transactions.js';

const nothingToDo = { calls: () => [] };

function initiator(run: Initiator['run']): Initiator {
  return { run, close: async () => undefined };
}

test('one in so many asks for the decision first, with the key of its end', async () => {
  const asked: string[][] = [];
  const tally = new Tally();
  tally.open();
  const answering = initiator(async (key, _, wait) => (asked.push([key, wait]), 'confirmed'));
  const transactions = new Transactions(answering, nothingToDo, tally, 2);
  await transactions.next(performance.now());
  await transactions.next(performance.now());
  expect(asked.map(([, wait]) => wait)).toEqual(['decided', 'ended', 'ended']);
  expect(asked[0]?.[0]).toBe(asked[1]?.[0]);
  expect(asked[2]?.[0]).not.toBe(asked[1]?.[0]);
  expect(tally.shut()).toMatchObject({ decided: { count: 1 }, ended: { count: 2 }, errors: 0 });
});

test('latency counts from the intended start', async () => {
  const tally = new Tally();
  tally.open();
  const transactions = new Transactions(
    initiator(async () => 'confirmed'),
    nothingToDo,
    tally,
    1,
  );
  await transactions.next(performance.now() - 500);
  const { decided, ended } = tally.shut();
  expect(decided?.p50Ms).toBeGreaterThanOrEqual(500);
  expect(ended?.p50Ms).toBeGreaterThanOrEqual(500);
});

test('what was refused counts apart from what failed and what was cancelled', async () => {
  const answers = ['refused', new Error('broken'), 'cancelled', 'confirmed'] as const;
  let n = 0;
  const tally = new Tally();
  tally.open();
  const transactions = new Transactions(
    initiator(async () => {
      const answer = answers[n++] ?? 'confirmed';
      if (answer instanceof Error) throw answer;
      return answer;
    }),
    nothingToDo,
    tally,
    100,
  );
  n = 1; // The first asks for its decision as well: let that be the error.
  await transactions.next(0);
  n = 0;
  await transactions.next(0);
  n = 2;
  await transactions.next(0);
  await transactions.next(0);
  expect(tally.shut()).toMatchObject({
    refused: 1,
    errors: 1,
    errorSamples: ['broken'],
    cancelled: 1,
    ended: { count: 2 },
  });
});

test('what was refused when it asked for its decision does not ask for its end', async () => {
  const asked: string[] = [];
  const tally = new Tally();
  tally.open();
  const answering = initiator(async (_key, _calls, wait) => (asked.push(wait), 'refused'));
  await new Transactions(answering, nothingToDo, tally, 1).next(0);
  expect(asked).toEqual(['decided']);
  expect(tally.shut()).toMatchObject({ refused: 1, errors: 0, decided: null, ended: null });
});

test('a closed loop keeps so many in flight and ends when all have', async () => {
  let underWay = 0;
  let most = 0;
  const answering = initiator(async () => {
    most = Math.max(most, ++underWay);
    await delay(1);
    underWay -= 1;
    return 'confirmed';
  });
  const tally = new Tally();
  tally.open();
  const loop = new ClosedLoop(new Transactions(answering, nothingToDo, tally, 1_000_000), 7);
  await until(() => most === 7, { what: 'seven transactions in flight' });
  await loop.end();
  expect(underWay).toBe(0);
  expect(most).toBe(7);
});

test('an open loop does not wait for answers', async () => {
  let begun = 0;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const answering = initiator(async () => {
    begun += 1;
    await held;
    return 'confirmed';
  });
  const tally = new Tally();
  tally.open();
  const loop = new OpenLoop(new Transactions(answering, nothingToDo, tally, 1_000_000), tally, 2_000);
  await until(() => begun >= 20, { what: 'twenty begins without an answer' });
  release();
  await loop.end();
  expect(tally.shut().ended?.count).toBeGreaterThanOrEqual(20);
});
