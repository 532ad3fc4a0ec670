import { findBranch } from './transaction.js';
import {
  OVERDUE,
  SOON,
  after,
  branchRegistered,
  cancelRequested,
  cancelled,
  confirmRequested,
  confirmed,
  declaration,
  declared,
  effectsOf,
  failed,
  oneByOne,
  refused,
  stateOf,
  step,
  tried,
  woken,
} from './samples.suite.js';

describe('confirmRequested', () => {
  const ready = after(oneByOne('a', 'b'), tried('a'), tried('b'));

  test.each([{ means: ['b', 'a'] }, { means: ['a', 'b', 'a'] }])(
    'means the branches that stand, in any order: $means',
    ({ means }) => {
      const done = step(ready, confirmRequested(means));
      expect(done).toMatchObject({ transaction: { phase: 'confirming', reason: null }, save: 'durable' });
      expect(effectsOf(done)).toEqual(['send confirm a', 'send confirm b']);
    },
  );

  test.each([
    { means: [], said: 'no branch' },
    { means: ['a'], said: 'means a, but these stand: a, b' },
    { means: ['a', 'c'], said: 'means a, c' },
    { means: ['a', 'a'], said: 'means a,' },
    { means: ['a', 'b', 'c'], said: 'means a, b, c' },
  ])('is refused if it means others than stand: $means', ({ means, said }) => {
    const done = step(ready, confirmRequested(means));
    expect(done.transaction).toBe(ready);
    expect(done.rejection?.code).toBe('BRANCHES_DIFFER');
    expect(done.rejection?.detail).toContain(said);
  });

  test('says so where none stands', () => {
    expect(step(declared(), confirmRequested(['a'])).rejection?.detail).toContain('these stand: none');
  });

  test('I2: is refused while an answer is missing, and names the branch', () => {
    const waiting = after(ready, branchRegistered('c'));
    const done = step(waiting, confirmRequested(['a', 'b', 'c']));
    expect(done.transaction).toBe(waiting);
    expect(done.rejection).toMatchObject({ code: 'BRANCH_UNANSWERED' });
    expect(done.rejection?.detail).toContain('Branch c');
  });

  test('peer defect 1: a second confirm changes nothing, with Confirms outstanding and after the end', () => {
    const confirming = after(ready, confirmRequested(['a', 'b']), confirmed('a'));
    for (const decided of [confirming, after(confirming, confirmed('b'))]) {
      const repeated = step(decided, confirmRequested(['a', 'b']));
      expect(repeated.transaction).toBe(decided);
      expect(repeated).toMatchObject({ effects: [], save: 'none' });
      expect(repeated.rejection).toBeUndefined();
    }
  });

  test('is told the decision that stands, with its code', () => {
    const { rejection } = step(after(ready, cancelRequested()), confirmRequested(['a', 'b']));
    expect(rejection?.code).toBe('ALREADY_CANCELLED');
    expect(rejection?.detail).toContain('(CHANGED_MIND)');
  });
});

describe('cancelRequested', () => {
  test('keeps the reason that it was given', () => {
    expect(step(declared('a'), cancelRequested()).transaction).toMatchObject({
      decidedAt: SOON,
      reason: { code: 'CHANGED_MIND', message: 'The customer left.', branchId: null },
    });
  });

  test('is told the decision that stands', () => {
    const { rejection } = step(after(declared('a'), tried('a')), cancelRequested());
    expect(rejection?.code).toBe('ALREADY_CONFIRMED');
    expect(rejection?.detail).toContain('decided to confirm');
  });
});

describe('a decision', () => {
  test('to cancel goes to every branch: tried, refused, failed, unanswered, and tried by its participant', () => {
    const own = declaration('own', { tryBy: 'participant' });
    const open = after(
      oneByOne('yes', 'failing', 'silent', own, 'no'),
      tried('yes'),
      failed('failing', 'try'),
    );
    const done = step(open, refused('no'));
    expect(effectsOf(done)).toEqual([
      'send cancel yes',
      'send cancel failing',
      'send cancel silent',
      'send cancel own',
      'send cancel no',
    ]);
  });

  test('ends the Tries, and starts each branch’s second phase afresh', () => {
    const open = after(declared('a', 'b'), woken(OVERDUE), failed('a', 'try', { at: OVERDUE + 1 }));
    const { transaction } = step(open, cancelRequested(OVERDUE + 2));
    for (const branch of transaction.branches) {
      expect(branch.try).toMatchObject({ attempts: 2, nextAt: null });
      expect(branch.settle).toMatchObject({
        attempts: 1,
        firstAt: OVERDUE + 2,
        lastAt: OVERDUE + 2,
        lastError: null,
      });
    }
  });

  test('peer defect 16: never turns, however long its Confirms are overdue', () => {
    let transaction = after(declared('a', 'b'), tried('a'), tried('b'));
    for (let attempt = 2; attempt <= 100; attempt++) {
      const done = step(transaction, woken(transaction.wakeAt ?? NaN));
      // It is said to hang, and goes on.
      const sent = effectsOf(done).filter((effect) => effect !== 'notify hung');
      expect(['send confirm a', 'send confirm b']).toEqual(expect.arrayContaining(sent));
      expect(sent).not.toEqual([]);
      transaction = done.transaction;
    }
    expect(transaction).toMatchObject({ phase: 'confirming', reason: null });
    expect(transaction.wakeAt).toBeGreaterThan(transaction.deadlineAt + 3 * 3_600_000);
  });

  test('peer defect 20: a Confirm that fails is sent again and never leads to Cancel', () => {
    let transaction = after(declared('a'), tried('a'));
    for (let failure = 1; failure <= 100; failure++) {
      const { lastAt } = findBranch(transaction, 'a')?.settle ?? {};
      const noted = step(transaction, failed('a', 'confirm', { at: (lastAt ?? NaN) + 10 })).transaction;
      const again = step(noted, woken(noted.wakeAt ?? NaN));
      expect(effectsOf(again)).toEqual(['send confirm a']);
      transaction = again.transaction;
    }
    expect(stateOf(transaction, 'a')).toBe('tried/pending');
    expect(after(transaction, confirmed('a')).phase).toBe('confirmed');
  });

  test('I3: no request, answer or timer turns it after the end', () => {
    const ended = after(declared('a'), refused('a'), cancelled('a'));
    const late = [tried('a'), confirmRequested(['a']), confirmed('a'), cancelled('a'), woken(OVERDUE)];
    for (const event of late) {
      expect(step(ended, event).transaction).toMatchObject({
        phase: 'cancelled',
        reason: ended.reason,
        decidedAt: ended.decidedAt,
        endedAt: ended.endedAt,
      });
    }
  });
});
