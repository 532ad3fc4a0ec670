import type { FenceState } from '@holdfast/protocol';
import { RETRY_POLICY } from './backoff.js';
import { findBranch, isContradicted, isForced } from './transaction.js';
import type { Transaction } from './transaction.js';
import { transition } from './transition.js';
import {
  OVERDUE,
  SOON,
  adopted,
  after,
  cancelRequested,
  cancelled,
  confirmed,
  contradiction,
  declared,
  effectsOf,
  failed,
  forceRequested,
  forced,
  pauseRequested,
  refused,
  resumeRequested,
  retryRequested,
  stateOf,
  step,
  tried,
  woken,
} from './samples.suite.js';

const confirming = after(declared('a', 'b'), tried('a'), tried('b'));
/** Everything has followed but b. */
const waiting = after(confirming, confirmed('a'));
const cancelling = after(declared('a', 'b'), refused('a'), cancelled('a'));
const forcing = after(waiting, forceRequested('b'));
const gone = { participantGone: true };
const ended = after(waiting, forceRequested('b', gone), woken(SOON));

const forceOf = (transaction: Transaction) => findBranch(transaction, 'b')?.force;

describe('forceRequested', () => {
  test('I3: leaves the decision alone, and tells the participant after a durable save', () => {
    const done = step(waiting, forceRequested('b'));
    expect(done).toMatchObject({ save: 'durable', transaction: { phase: 'confirming', endedAt: null } });
    expect(effectsOf(done)).toEqual(['send force b']);
    expect(forceOf(done.transaction)).toMatchObject({
      ...{ state: 'pending', actor: 'alice', evidence: 'Ticket 4711', requestedAt: SOON },
      ...{ attempts: 1, contradicted: false, settled: false },
    });
    expect(isForced(done.transaction)).toBe(false);
  });

  test('is sent again like any command: by silence, by failure, by a retry and by whoever takes over', () => {
    expect(effectsOf(step(forcing, woken(OVERDUE)))).toEqual(['send force b']);
    expect(effectsOf(step(forcing, adopted(SOON)))).toEqual(['send force b']);
    expect(effectsOf(step(forcing, retryRequested(SOON, ['b'])))).toEqual(['send force b']);
    const error = { code: 'DISK_FULL', at: SOON + 1 };
    const backingOff = after(forcing, failed('b', 'force', error));
    expect(forceOf(backingOff)).toMatchObject({ lastError: { code: 'DISK_FULL' } });
    expect((backingOff.wakeAt ?? NaN) - SOON).toBeLessThanOrEqual(1 + RETRY_POLICY.firstMs);
  });

  test('ends what Confirm and Cancel have to say of it: a late failure changes nothing', () => {
    expect(step(forcing, failed('b', 'confirm')).transaction).toBe(forcing);
  });

  test('hangs when the participant does not take it, and no longer once it is gone for good', () => {
    const policy = { ...RETRY_POLICY, hungAfterAttempts: 1 };
    const { transaction: hung } = transition(forcing, failed('b', 'force'), policy);
    expect(hung.hung?.code).toBe('HANDLER_FAILING');
    const left = transition(hung, forceRequested('b', gone), policy);
    expect(left.transaction.hung).toBeNull();
  });

  test('while paused is noted, and leaves with the resume', () => {
    const held = step(after(waiting, pauseRequested()), forceRequested('b'));
    expect(held).toMatchObject({ save: 'durable', effects: [], transaction: { wakeAt: null } });
    expect(effectsOf(step(held.transaction, resumeRequested()))).toEqual(['send force b', 'notify resumed']);
  });

  test.each([
    ['before the decision', declared('a', 'b'), 'TRANSACTION_UNDECIDED'],
    ['of what has followed', after(confirming, confirmed('b')), 'BRANCH_SETTLED'],
    ['after the end', after(waiting, confirmed('b')), 'TRANSACTION_ENDED'],
    ['of a stranger', declared('a'), 'BRANCH_NOT_FOUND'],
  ])('%s is turned down', (_, before, code) => {
    const done = step(before, forceRequested('b'));
    expect(done.rejection?.code).toBe(code);
    expect(done.transaction).toBe(before);
  });

  test('of a branch that followed meanwhile, and contradicts since, is an order of its own', () => {
    const undone = after(
      declared('a', 'b'),
      refused('a'),
      forceRequested('b'),
      cancelled('b'),
      confirmed('b'),
    );
    const done = step(undone, forceRequested('b', { evidence: 'Ticket 4712' }));
    expect(effectsOf(done)).toEqual(['send force b']);
    const force = { state: 'pending', attempts: 1, contradicted: true, evidence: 'Ticket 4712' };
    expect(forceOf(done.transaction)).toMatchObject(force);
    const over = after(undone, forceRequested('b', gone));
    expect(forceOf(over)).toMatchObject({ attempts: 0, lastAt: null });
  });

  test('repeated changes nothing, whether it is being forced or was', () => {
    expect(step(forcing, forceRequested('b', { at: OVERDUE })).transaction).toBe(forcing);
    const over = after(waiting, forceRequested('b', gone));
    expect(step(over, forceRequested('b', gone)).transaction).toBe(over);
  });
});

/** What a force finds, and how the branch then stands under either decision; `!` for a contradiction. */
const FOUND: Record<FenceState | 'absent', { confirm: string; cancel: string }> = {
  absent: { confirm: 'forced!', cancel: 'done' },
  trying: { confirm: 'forced', cancel: 'forced' },
  tried: { confirm: 'forced', cancel: 'forced' },
  refused: { confirm: 'forced!', cancel: 'done' },
  confirming: { confirm: 'forced', cancel: 'forced!' },
  confirmed: { confirm: 'done', cancel: 'forced!' },
  cancelling: { confirm: 'forced!', cancel: 'forced' },
  cancelled: { confirm: 'forced!', cancel: 'done' },
  forced: { confirm: 'forced', cancel: 'forced' },
};

describe.each(Object.keys(FOUND) as (keyof typeof FOUND)[])('the participant found it %s', (found) => {
  const fence = found === 'absent' ? null : found;

  test.each([
    ['confirm', forcing],
    ['cancel', after(cancelling, forceRequested('b'))],
  ] as const)('I12: and was to %s', (decision, before) => {
    const done = step(before, forced('b', { fence, settled: true }));
    const { transaction, save } = done;
    const raised = isContradicted(transaction) ? '!' : '';
    const state = findBranch(transaction, 'b')?.settle.state;
    expect(`${state}${raised}`).toBe(FOUND[found][decision]);
    const isOwnEnd = state === 'done';
    expect({ save, ended: transaction.endedAt !== null }).toEqual({
      save: isOwnEnd ? 'lazy' : 'durable',
      ended: isOwnEnd,
    });
    expect(effectsOf(done)).toEqual(
      isOwnEnd ? ['publishEnded'] : ['notify forced', ...(raised ? ['notify contradicted'] : [])],
    );
    expect(forceOf(transaction)).toMatchObject({ state: 'done', fence, settled: true });
    expect(step(transaction, forced('b', { fence, settled: true })).transaction).toBe(transaction);
  });
});

describe('the end', () => {
  test('of the last branch by force comes with the next timer, once it is saved and told', () => {
    const done = step(forcing, forced('b'));
    expect(done.transaction).toMatchObject({ phase: 'confirming', endedAt: null });
    const { wakeAt } = done.transaction;
    expect(wakeAt).toBeLessThanOrEqual(SOON);
    const last = step(done.transaction, woken(SOON));
    expect(last).toMatchObject({ save: 'lazy', transaction: { phase: 'confirmed', endedAt: SOON } });
    expect(isForced(last.transaction)).toBe(true);
  });

  test('waits for the siblings, which go on by themselves', () => {
    const one = after(confirming, forceRequested('b'), forced('b'));
    expect(effectsOf(step(one, woken(OVERDUE)))).toEqual(['send confirm a']);
    expect(after(one, confirmed('a')).phase).toBe('confirmed');
  });

  test('of a participant that is gone needs no acknowledgement, and so does one that was asked before', () => {
    for (const before of [waiting, forcing]) {
      const done = step(before, forceRequested('b', { ...gone, evidence: 'It was shut down.' }));
      expect(effectsOf(done)).toEqual(['notify forced']);
      expect(stateOf(done.transaction, 'b')).toBe('tried/forced');
      expect(forceOf(done.transaction)).toMatchObject({ state: 'pending', evidence: 'It was shut down.' });
      expect(after(done.transaction, woken(SOON)).phase).toBe('confirmed');
    }
  });

  test('clears the mark of what hangs, unless another branch does', () => {
    const policy = { ...RETRY_POLICY, hungAfterAttempts: 1 };
    const hung = transition(after(waiting, forceRequested('b')), failed('b', 'force'), policy).transaction;
    expect(transition(hung, forced('b'), policy).transaction.hung).toBeNull();
  });

  test('comes by itself if the Confirm had got through before', () => {
    const done = step(forcing, confirmed('b'));
    expect(done.transaction.phase).toBe('confirmed');
    expect(isForced(done.transaction)).toBe(false);
    expect(step(done.transaction, forced('b', { fence: 'confirmed' })).transaction).toBe(done.transaction);
  });
});

describe('I12: what stands against the decision', () => {
  const raised = after(waiting, contradiction('b', 'confirm', { fence: 'cancelled' }));

  test('stays said while the branch is forced, and after it', () => {
    const ordered = after(raised, forceRequested('b'));
    expect(isContradicted(ordered)).toBe(true);
    const done = step(ordered, forced('b', { fence: 'cancelled' }));
    expect(effectsOf(done)).toEqual(['notify forced']);
    expect(isContradicted(done.transaction)).toBe(true);
    expect(step(done.transaction, cancelled('b')).transaction).toBe(done.transaction);
  });

  test('was a mistake if the force finds that the branch has followed', () => {
    const done = after(raised, forceRequested('b'), forced('b', { fence: 'confirmed' }));
    expect(done.phase).toBe('confirmed');
    expect(isContradicted(done)).toBe(false);
  });

  test('is raised by a late answer to the Confirm, and the force goes on', () => {
    const done = step(forcing, contradiction('b', 'confirm', { fence: 'cancelled' }));
    expect(effectsOf(done)).toEqual(['notify contradicted']);
    expect(stateOf(done.transaction, 'b')).toBe('tried/forcing');
    expect(effectsOf(step(done.transaction, woken(OVERDUE)))).toEqual(['send force b']);
  });

  test('is raised after the end as well, by a participant that comes back', () => {
    const back = step(ended, forced('b', { fence: 'cancelled', settled: true }));
    expect(back).toMatchObject({ save: 'durable', transaction: { phase: 'confirmed', endedAt: SOON } });
    expect(effectsOf(back)).toEqual(['notify contradicted']);
    expect(isContradicted(back.transaction)).toBe(true);
  });

  test('is a force that nobody here has ordered', () => {
    const done = step(waiting, forced('b', { fence: null }));
    expect(stateOf(done.transaction, 'b')).toBe('tried/contradicted');
    expect(findBranch(done.transaction, 'b')?.settle.lastError?.message).toContain('ended by force');
  });
});

test('a force that nobody here has ordered, of what has followed, is as good as an answer', () => {
  expect(after(waiting, forced('b', { fence: 'confirmed' })).phase).toBe('confirmed');
  const undecided = after(declared('a', 'b'), tried('a'));
  expect(stateOf(after(undecided, forced('b', { fence: null })), 'b')).toBe('pending/contradicted');
  expect(step(waiting, forced('x')).transaction).toBe(waiting);
});

test('a participant that was gone and comes back tells how it stands, once', () => {
  const back = step(ended, forced('b', { fence: 'tried', settled: false }));
  expect(back).toMatchObject({ save: 'durable', effects: [] });
  expect(forceOf(back.transaction)).toMatchObject({ state: 'done', fence: 'tried', settled: false });
  expect(step(back.transaction, forced('b')).transaction).toBe(back.transaction);

  const confirmedAfterAll = step(ended, confirmed('b', OVERDUE)).transaction;
  expect(forceOf(confirmedAfterAll)).toMatchObject({ fence: 'confirmed', settled: true });
  expect(isForced(confirmedAfterAll)).toBe(true);
  const other = after(cancelling, forceRequested('b', gone), woken(SOON));
  expect(forceOf(after(other, cancelled('b')))).toMatchObject({ fence: 'cancelled', settled: true });
});

test('a force is no way round the decision: a cancel is still turned down', () => {
  expect(step(forcing, cancelRequested()).rejection?.code).toBe('ALREADY_CONFIRMED');
});
