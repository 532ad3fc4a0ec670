import { RETRY_POLICY } from './backoff.js';
import { findBranch } from './transaction.js';
import {
  OVERDUE,
  SOON,
  after,
  cancelRequested,
  cancelled,
  confirmed,
  contradiction,
  declared,
  effectsOf,
  refused,
  stateOf,
  step,
  tried,
  woken,
} from './samples.suite.js';

const confirming = after(declared('a', 'b'), tried('a'), tried('b'));
const ended = after(confirming, confirmed('a'), confirmed('b'));

describe('confirmed and cancelled', () => {
  test('the last acknowledgement ends the transaction, and not one before', () => {
    const one = step(confirming, confirmed('b'));
    expect(one).toMatchObject({
      transaction: { phase: 'confirming', endedAt: null },
      effects: [],
      save: 'none',
    });
    expect(one.transaction.wakeAt).toBe(findBranch(confirming, 'a')?.settle.nextAt);
    const both = step(one.transaction, confirmed('a', OVERDUE));
    expect(both).toMatchObject({
      transaction: { phase: 'confirmed', endedAt: OVERDUE, wakeAt: null },
      effects: [{ type: 'publishEnded' }],
      save: 'lazy',
    });
  });

  test('repeated while siblings are outstanding change nothing', () => {
    const one = after(confirming, confirmed('b'));
    expect(step(one, confirmed('b', OVERDUE)).transaction).toBe(one);
  });

  test('what is done is not asked again', () => {
    const one = after(confirming, confirmed('b'));
    expect(effectsOf(step(one, woken(OVERDUE)))).toEqual(['send confirm a']);
  });
});

describe('I12: what must not be', () => {
  test('is kept with what the participant said, at the branch alone', () => {
    const done = step(confirming, contradiction('a', 'confirm', { fence: 'cancelled' }));
    const message = 'To confirm the participant answered that the branch is cancelled.';
    expect(done).toMatchObject({
      transaction: { phase: 'confirming' },
      effects: [
        { type: 'notify', notice: 'contradicted', at: SOON, branchId: 'a', code: 'CONTRADICTION', message },
      ],
      save: 'durable',
    });
    expect(findBranch(done.transaction, 'a')?.settle).toMatchObject({
      state: 'contradicted',
      lastError: {
        code: 'CONTRADICTION',
        message,
        at: SOON,
      },
    });
    expect(stateOf(done.transaction, 'b')).toBe('tried/pending');
  });

  test('says that the participant knows no such branch', () => {
    const { transaction } = step(confirming, contradiction('a', 'confirm'));
    expect(findBranch(transaction, 'a')?.settle.lastError?.message).toContain('is unknown');
  });

  test('says that an answer came to what nobody had asked', () => {
    const { transaction } = step(confirming, cancelled('a'));
    expect(findBranch(transaction, 'a')?.settle.lastError?.message).toContain('answered cancel without');
  });

  test('is asked for again at the slowest pace, every time', () => {
    let transaction = after(confirming, contradiction('a', 'confirm'), confirmed('b'));
    for (let round = 1, at = SOON; round <= 3; round++) {
      at += RETRY_POLICY.capMs;
      expect(transaction.wakeAt).toBe(at);
      const again = step(transaction, woken(at));
      expect(effectsOf(again)).toContain('send confirm a');
      transaction = again.transaction;
    }
  });

  test('repeated changes nothing', () => {
    const raised = after(confirming, contradiction('a', 'confirm'));
    expect(step(raised, contradiction('a', 'confirm', { at: OVERDUE })).transaction).toBe(raised);
    expect(step(raised, cancelled('a', OVERDUE)).transaction).toBe(raised);
  });

  test('repeated of a later sending is an entry in its history, and raised no second time', () => {
    const raised = after(confirming, contradiction('a', 'confirm'), woken(SOON + RETRY_POLICY.capMs));
    const again = step(raised, contradiction('a', 'confirm', { at: SOON + RETRY_POLICY.capMs + 5 }));
    expect(again).toMatchObject({ effects: [], save: 'none' });
    const history = findBranch(again.transaction, 'a')?.settle.history ?? [];
    expect(history.map(({ attempt, error }) => [attempt, error?.code])).toEqual([
      [1, 'CONTRADICTION'],
      [2, 'CONTRADICTION'],
    ]);
  });

  test('was a mistake if the right answer comes before the end', () => {
    const raised = after(confirming, contradiction('a', 'confirm'), confirmed('b'));
    const done = step(raised, confirmed('a', OVERDUE));
    expect(done.transaction).toMatchObject({ phase: 'confirmed', endedAt: OVERDUE });
    expect(findBranch(done.transaction, 'a')?.settle).toMatchObject({
      state: 'done',
      nextAt: null,
      lastError: { code: 'CONTRADICTION' },
    });
  });

  test('is raised even against an acknowledgement that was given', () => {
    const done = after(confirming, confirmed('a'));
    expect(stateOf(after(done, contradiction('a', 'confirm')), 'a')).toBe('tried/contradicted');
    expect(stateOf(after(done, cancelled('a')), 'a')).toBe('tried/contradicted');
  });

  test('I3: is raised after the end too, and no later answer ends the transaction a second time', () => {
    for (const event of [cancelled('a', OVERDUE), contradiction('a', 'confirm', { at: OVERDUE })]) {
      const raised = step(ended, event);
      expect(effectsOf(raised)).toEqual(['notify contradicted']);
      expect(raised.save).toBe('durable');
      expect(raised.transaction).toMatchObject({ phase: 'confirmed', endedAt: SOON, wakeAt: null });
      expect(findBranch(raised.transaction, 'a')?.settle).toMatchObject({
        state: 'contradicted',
        nextAt: null,
      });
      expect(step(raised.transaction, confirmed('a')).transaction).toBe(raised.transaction);
    }
  });

  test('before the decision keeps to the branch, repeats itself in vain, and outlives the decision as a note', () => {
    const open = declared('a', 'b');
    const raised = after(open, confirmed('a'));
    expect(raised).toMatchObject({ phase: 'trying', wakeAt: open.wakeAt });
    expect(findBranch(raised, 'a')?.settle).toMatchObject({ state: 'contradicted', nextAt: null });
    expect(step(raised, confirmed('a', OVERDUE)).transaction).toBe(raised);

    const decided = step(raised, cancelRequested());
    expect(effectsOf(decided)).toEqual(['send cancel a', 'send cancel b']);
    expect(findBranch(decided.transaction, 'a')?.settle).toMatchObject({
      state: 'pending',
      lastError: { code: 'CONTRADICTION' },
    });
  });

  test.each([
    ['of a branch that nobody registered', confirming, contradiction('x', 'confirm')],
    ['to a command that was never decided', confirming, contradiction('a', 'cancel')],
    ['to a command before any decision', declared('a'), contradiction('a', 'confirm')],
    ['to a Try, which has none', after(declared('a'), refused('a')), contradiction('a', 'try')],
  ] as const)('%s is none', (_, before, event) => {
    expect(step(before, event).transaction).toBe(before);
  });
});
