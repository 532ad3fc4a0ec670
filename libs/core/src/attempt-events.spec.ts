import { findBranch } from './transaction.js';
import {
  BEGAN_AT,
  DEADLINE_AT,
  OVERDUE,
  SOON,
  adopted,
  after,
  cancelled,
  confirmed,
  contradiction,
  declaration,
  declared,
  effectsOf,
  failed,
  oneByOne,
  refused,
  step,
  tried,
  woken,
} from './samples.suite.js';

const confirming = after(declared('a', 'b', 'c'), tried('a'), tried('b'), tried('c'));

describe('failed', () => {
  test('peer defect 3: the first retry comes within 300 ms', () => {
    for (const open of [declared('a'), after(declared('a'), refused('a'))]) {
      const operation = open.phase === 'trying' ? 'try' : 'cancel';
      const { transaction } = step(open, failed('a', operation));
      expect(transaction.wakeAt).toBeGreaterThanOrEqual(SOON + 150);
      expect(transaction.wakeAt).toBeLessThanOrEqual(SOON + 200);
    }
  });

  test('keeps what went wrong, in memory only: the next sending saves it', () => {
    const done = step(declared('a'), failed('a', 'try', { code: 'BROKEN', message: 'disk full' }));
    expect(done.save).toBe('none');
    expect(findBranch(done.transaction, 'a')?.try).toMatchObject({
      state: 'pending',
      attempts: 1,
      lastError: { code: 'BROKEN', message: 'disk full', at: SOON },
    });
  });

  test('a report that is repeated does not put off the retry', () => {
    const noted = after(confirming, failed('a', 'confirm'));
    expect(step(noted, failed('a', 'confirm', { at: SOON + 100 })).transaction).toBe(noted);
    const sentAgain = after(noted, woken(noted.wakeAt ?? NaN));
    const again = step(sentAgain, failed('a', 'confirm', { at: (noted.wakeAt ?? NaN) + 1 })).transaction;
    expect(findBranch(again, 'a')?.settle.lastError?.at).toBe((noted.wakeAt ?? NaN) + 1);
  });

  test.each([
    ['of another operation than the phase’s', confirming, failed('a', 'cancel')],
    ['of a Try after the decision', confirming, failed('a', 'try')],
    ['of a branch that has answered', after(declared('a', 'b'), tried('a')), failed('a', 'try')],
    ['of a branch that is done', after(confirming, confirmed('a')), failed('a', 'confirm')],
    ['of a contradicted branch', after(confirming, contradiction('a', 'confirm')), failed('a', 'confirm')],
    ['of an unknown branch', confirming, failed('x', 'confirm')],
    [
      'of a Try that the participant does by itself',
      oneByOne(declaration('p', { tryBy: 'participant' })),
      failed('p', 'try'),
    ],
  ] as const)('%s changes nothing', (_, before, event) => {
    const done = step(before, event);
    expect(done.transaction).toBe(before);
    expect(done).toMatchObject({ effects: [], save: 'none' });
  });
});

describe('woken', () => {
  test('before anything is due changes nothing', () => {
    expect(step(confirming, woken((confirming.wakeAt ?? NaN) - 1)).transaction).toBe(confirming);
  });

  test('at the very time sends what is due, saved before it leaves', () => {
    const done = step(confirming, woken(confirming.wakeAt ?? NaN));
    expect(done.save).toBe('durable');
    expect(done.effects).toHaveLength(1);
  });

  test('counts the attempts, and keeps the first time', () => {
    const { transaction } = step(declared('a'), woken(OVERDUE));
    expect(findBranch(transaction, 'a')?.try).toMatchObject({
      attempts: 2,
      firstAt: BEGAN_AT,
      lastAt: OVERDUE,
    });
  });

  test('peer defect 4: a dead branch blocks no sibling', () => {
    const aIsDead = after(confirming, failed('a', 'confirm'));
    expect(effectsOf(step(aIsDead, woken(OVERDUE)))).toEqual([
      'send confirm a',
      'send confirm b',
      'send confirm c',
    ]);
    const done = after(aIsDead, confirmed('b'), confirmed('c'));
    expect(done.branches.map((branch) => branch.settle.state)).toEqual(['pending', 'done', 'done']);
    const revived = step(done, confirmed('a', OVERDUE));
    expect(effectsOf(revived)).toEqual(['publishEnded']);
  });

  test('peer defect 29: each branch has its own backoff, and only what is due is sent', () => {
    let transaction = after(confirming, confirmed('c'));
    // Branch a fails at once, every time; branch b stays silent until its own time has come.
    const bDueAt = findBranch(transaction, 'b')?.settle.nextAt ?? NaN;
    for (let now = SOON; now < bDueAt;) {
      transaction = after(transaction, failed('a', 'confirm', { at: now }));
      now = transaction.wakeAt ?? NaN;
      if (now >= bDueAt) break;
      const done = step(transaction, woken(now));
      expect(effectsOf(done)).toEqual(['send confirm a']);
      transaction = done.transaction;
    }
    expect(findBranch(transaction, 'a')?.settle.attempts).toBe(5);
    expect(effectsOf(step(transaction, woken(bDueAt)))).toEqual(['send confirm b']);
  });

  test('peer defect 29: a Confirm that always fails is sent a few dozen times a day, not every second', () => {
    let transaction = after(declared('a'), tried('a'));
    let sendings = 1;
    for (let now = SOON; now < SOON + 86_400_000; sendings++) {
      const noted = after(transaction, failed('a', 'confirm', { at: now }));
      now = noted.wakeAt ?? NaN;
      transaction = after(noted, woken(now));
    }
    expect(sendings).toBeGreaterThan(288);
    expect(sendings).toBeLessThan(410);
  });
});

describe('adopted', () => {
  test('sends at once what has not answered, due or not', () => {
    const done = step(after(declared('a', 'b'), tried('a')), adopted(SOON));
    expect(effectsOf(done)).toEqual(['send try b']);
    expect(done.save).toBe('durable');
    expect(effectsOf(step(after(confirming, confirmed('b')), adopted(SOON)))).toEqual([
      'send confirm a',
      'send confirm c',
    ]);
  });

  test('sends even where the deadline comes before the next attempt, as it did before', () => {
    const open = after(declared('a'), woken(DEADLINE_AT - 2));
    const done = step(open, adopted(DEADLINE_AT - 1));
    expect(done.transaction.wakeAt).toBe(open.wakeAt);
    expect(effectsOf(done)).toEqual(['send try a']);
  });

  test('finds nothing to do where all have answered', () => {
    const open = after(oneByOne('a'), tried('a'));
    expect(step(open, adopted(SOON)).transaction).toBe(open);
  });

  test.each([adopted(SOON), woken(SOON)])(
    'puts the time right that the release of its row left: $type',
    (event) => {
      const open = after(oneByOne('a'), tried('a'));
      const done = step({ ...open, wakeAt: SOON }, event);
      expect(done).toEqual({ transaction: open, effects: [], save: 'durable' });
    },
  );

  test('ends what was decided without branches', () => {
    const decided = after(declared(), { type: 'confirmRequested', at: SOON, branchIds: [] });
    expect(step(decided, adopted(SOON)).transaction.phase).toBe('confirmed');
  });

  test('leaves what has ended alone', () => {
    const ended = after(declared('a'), refused('a'), cancelled('a'));
    expect(step(ended, adopted(OVERDUE)).transaction).toBe(ended);
  });
});
