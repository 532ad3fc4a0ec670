import { findBranch } from './transaction.js';
import {
  DEADLINE_AT,
  OVERDUE,
  SOON,
  after,
  cancelRequested,
  cancelled,
  confirmRequested,
  confirmed,
  declared,
  effectsOf,
  failed,
  oneByOne,
  pauseRequested,
  refused,
  resumeRequested,
  retryRequested,
  step,
  tried,
  woken,
} from './samples.suite.js';

const confirming = after(declared('a', 'b', 'c'), tried('a'), tried('b'), tried('c'), confirmed('c'));

describe('retryRequested', () => {
  test('sends at once what is open, whatever its backoff', () => {
    const backingOff = after(confirming, failed('a', 'confirm'));
    const done = step(backingOff, retryRequested(SOON + 1));
    expect(effectsOf(done)).toEqual(['send confirm a', 'send confirm b']);
    expect(done.save).toBe('durable');
    expect(findBranch(done.transaction, 'a')?.settle).toMatchObject({ attempts: 2, lastAt: SOON + 1 });
  });

  test('of some branches leaves the others alone', () => {
    const done = step(confirming, retryRequested(SOON + 1, ['b']));
    expect(effectsOf(done)).toEqual(['send confirm b']);
    expect(findBranch(done.transaction, 'a')).toBe(findBranch(confirming, 'a'));
  });

  test('of a branch that is not there is turned down', () => {
    expect(step(confirming, retryRequested(SOON, ['a', 'x'])).rejection).toEqual({
      code: 'BRANCH_NOT_FOUND',
      detail: 'It has no branch x.',
    });
  });

  test.each([
    ['all have answered', after(oneByOne('a'), tried('a')), null],
    ['this branch has answered', confirming, ['c']],
  ])('changes nothing where %s', (_, before, branchIds) => {
    expect(step(before, retryRequested(OVERDUE, branchIds)).transaction).toBe(before);
  });
});

describe('pause and resume', () => {
  test('a pause names who and why, and nothing rings meanwhile', () => {
    const { transaction, effects } = step(confirming, pauseRequested());
    expect(transaction.paused).toEqual({ since: SOON, actor: 'alice', reason: 'The bank is down.' });
    expect(transaction.wakeAt).toBeNull();
    expect(effects).toEqual([
      {
        type: 'notify',
        notice: 'paused',
        at: SOON,
        branchId: null,
        code: null,
        message: 'The bank is down.',
      },
    ]);
    expect(step(transaction, woken(DEADLINE_AT)).transaction).toBe(transaction);
  });

  test('a pause holds the deadline: what is said past it still counts', () => {
    const held = after(oneByOne('a'), pauseRequested(), tried('a', { at: DEADLINE_AT + 1 }));
    expect(held.phase).toBe('trying');
    const decided = step(held, confirmRequested(['a'], DEADLINE_AT + 2));
    expect(decided.transaction.phase).toBe('confirming');
    expect(decided.effects).toEqual([]);
    expect(effectsOf(step(decided.transaction, resumeRequested(DEADLINE_AT + 3)))).toEqual([
      'send confirm a',
      'notify resumed',
    ]);
  });

  test('I10: a resume acts at once on a deadline that has passed', () => {
    const resumed = step(after(declared('a', 'b'), pauseRequested()), resumeRequested(DEADLINE_AT));
    expect(resumed.transaction).toMatchObject({
      phase: 'cancelling',
      reason: { code: 'TIMEOUT' },
      paused: null,
    });
    expect(effectsOf(resumed)).toEqual(['send cancel a', 'send cancel b', 'notify resumed']);
    expect(resumed.transaction.wakeAt).not.toBeNull();
  });

  test('a cancel while paused decides and is answered; its Cancels leave with the resume', () => {
    const decided = step(after(declared('a', 'b'), pauseRequested()), cancelRequested());
    expect(decided).toMatchObject({
      effects: [],
      save: 'durable',
      transaction: { phase: 'cancelling', wakeAt: null },
    });
    expect(step(decided.transaction, confirmRequested(['a'])).rejection?.code).toBe('ALREADY_CANCELLED');
    const resumed = step(decided.transaction, resumeRequested(OVERDUE));
    expect(effectsOf(resumed)).toEqual(['send cancel a', 'send cancel b', 'notify resumed']);
  });

  test('I10: a resume sends all that is open, due or not: answers to what was sent before may be lost', () => {
    const resumed = step(after(confirming, pauseRequested()), resumeRequested(SOON + 1));
    expect(effectsOf(resumed)).toEqual(['send confirm a', 'send confirm b', 'notify resumed']);
  });

  test('what was under way when it was paused may end, and the pause with it', () => {
    const ended = step(after(confirming, pauseRequested(), confirmed('a')), confirmed('b'));
    expect(ended.transaction).toMatchObject({ phase: 'confirmed', paused: null, wakeAt: null });
    expect(effectsOf(ended)).toEqual(['publishEnded']);
  });

  test('a transaction that was decided without branches ends after the resume', () => {
    const decided = after(declared(), pauseRequested(), confirmRequested([]));
    const resumed = after(decided, resumeRequested(OVERDUE));
    expect(resumed.wakeAt).not.toBeNull();
    expect(after(resumed, woken(OVERDUE)).phase).toBe('confirmed');
  });

  test('after the end all of it is turned down, with where it stands', () => {
    const ended = after(declared('a'), refused('a'), cancelled('a'));
    for (const event of [retryRequested(), pauseRequested(), resumeRequested()]) {
      expect(step(ended, event).rejection?.detail).toContain('cancelled');
    }
  });
});
