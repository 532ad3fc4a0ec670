import { beforeEach, expect, test } from '@jest/globals';
import { begin, transition } from '@holdfast/core';
import type { ParticipantState } from '@holdfast/store';
import { HeldTransactions } from './held-transactions.js';
import type { Input } from './input.js';
import { ParticipantWatch } from './participant-watch.js';
import { SetAsideWork } from './set-aside-work.js';

const AT = 1_700_000_000_000;
/** Everything that was sent at AT is overdue. */
const DUE = AT + 60_000;

/** Rows that nobody else reads. */
const rows = {
  exchange: async () => [],
  noteReaders: async () => [],
  pause: async (name: string): Promise<ParticipantState> => ({
    ...{ name, lastAnswerAt: null, setAsideSince: null, unreadSince: null },
    paused: { since: AT, actor: 'alice', reason: 'a test' },
  }),
  resume: async () => undefined,
};

let held: HeldTransactions;
let participants: ParticipantWatch;
let enqueued: Input[];
let work: SetAsideWork;
beforeEach(() => {
  held = new HeldTransactions();
  participants = new ParticipantWatch(rows);
  enqueued = [];
  work = new SetAsideWork(held, participants, { enqueue: (inputs) => void enqueued.push(...inputs) });
});

let count = 0;

/** Takes in a transaction whose Confirm was sent to this participant. */
function confirming(participant: string, sentAt = AT): string {
  const xid = `018bcfe5-6800-7000-8000-${String((count += 1)).padStart(12, '0')}`;
  const branch = { branchId: 'a', participant, resource: `${participant}.reserve`, input: null };
  const { transaction } = begin({
    ...{ at: sentAt, xid, name: 'checkout', reference: null, deadlineAt: sentAt + 30_000 },
    branches: [{ ...branch, tryBy: 'coordinator' }],
  });
  const tried = { type: 'tried', at: sentAt, branchId: 'a', answer: null, reported: false } as const;
  held.put({ transaction: transition(transaction, tried).transaction, version: 1, holder: null }, false);
  return xid;
}
const several = (n: number, participant: string) => Array.from({ length: n }, () => confirming(participant));

/** What was enqueued since the last look. */
function taken(): string[] {
  return enqueued.splice(0).map(({ xid }) => xid);
}

test('five that are overdue go by their own backoff; with the sixth their participant is set aside', () => {
  const five = several(5, 'q');
  work.wake(DUE);
  expect([taken(), [...participants.setAside]]).toEqual([five, []]);
  const six = [...five, confirming('q')];
  work.wake(DUE);
  expect([taken(), [...participants.setAside]]).toEqual([six, ['q']]);
});

test('what waits for the silent alone is woken last, so much at a time', () => {
  const waiting = several(600, 'q');
  participants.overdue('q', DUE);
  const awake = several(3, 'p');
  work.wake(DUE);
  expect(taken()).toEqual([...awake, ...waiting.slice(0, 500)]);
});

test('five keep asking every two seconds, first those that were sent longest ago', () => {
  const [young, ...old] = [confirming('q', AT + 5), ...several(5, 'q')];
  confirming('p');
  participants.overdue('q', DUE);
  work.recall(DUE);
  expect(enqueued.map(({ event }) => event)).toEqual(
    old.map(() => ({ type: 'recalled', at: DUE, participant: 'q' })),
  );
  expect(taken()).toEqual(old);
  work.recall(DUE + 1_999);
  expect(taken()).toEqual([]);
  held.drop(old[0] as string);
  work.recall(DUE + 2_000);
  expect(taken()).toEqual([...old.slice(1), young]);
});

test('once it answers its work goes on, each time it has answered twice as much, up to a limit', () => {
  const waiting = several(700, 'q');
  participants.overdue('q', DUE);
  work.recall(DUE);
  taken();
  const portions: number[] = [];
  const went: string[] = [];
  for (let at = DUE + 1; at < DUE + 60; at += 10) {
    participants.answered('q', at);
    work.recall(at + 1);
    portions.push(enqueued.length);
    went.push(...taken());
    // Nothing follows before it has answered again.
    work.recall(at + 2);
    expect(taken()).toEqual([]);
  }
  expect(portions).toEqual([25, 50, 100, 200, 200, 125]);
  expect(went).toEqual(waiting);
});

test('who falls silent again gets no further portion', () => {
  several(100, 'q');
  participants.overdue('q', DUE);
  participants.answered('q', DUE + 1);
  work.recall(DUE + 2);
  expect(taken()).toHaveLength(25);
  participants.overdue('q', DUE + 5_000);
  work.recall(DUE + 5_000);
  expect(taken()).toHaveLength(5);
});

test('who is paused is not asked, though he is silent, and what was to go on waits', async () => {
  several(100, 'q');
  participants.overdue('q', DUE);
  participants.answered('q', DUE + 1);
  work.recall(DUE + 2);
  expect(taken()).toHaveLength(25);
  await participants.pause('q', 'alice', 'a test');
  participants.answered('q', DUE + 3);
  work.recall(DUE + 3);
  participants.overdue('q', DUE + 5_000);
  work.recall(DUE + 5_000);
  expect(taken()).toEqual([]);
});

test('what waits for one that is paused is put off like what waits for the silent', async () => {
  const waiting = several(600, 'q');
  participants.answered('q', DUE);
  await participants.pause('q', 'alice', 'a test');
  work.wake(DUE);
  expect(taken()).toEqual(waiting.slice(0, 500));
});
