import type { Operation } from '@holdfast/protocol';
import { RETRY_POLICY } from './backoff.js';
import { explain } from './explain.js';
import { hungCodeOf } from './hung.js';
import { always, atEachChange } from './random-histories.suite.js';
import type { Moment } from './random-histories.suite.js';
import { DEADLINE_AT, effectsOf, step, woken } from './samples.suite.js';
import {
  decisionOf,
  findBranch,
  isDisputed,
  isForced,
  isSettled,
  openOperation,
  operationOf,
} from './transaction.js';
import type { Branch, Transaction } from './transaction.js';
import { transition } from './transition.js';

const slotOf = (operation: Operation) =>
  operation === 'try' || operation === 'force' ? operation : 'settle';
const isDecided = (transaction: Transaction) => decisionOf(transaction) !== null;
const decides = ({ before, done }: Moment) => !isDecided(before) && isDecided(done.transaction);
const latestSending = ({ settle, force, try: { nextAt } }: Branch) =>
  Math.max(settle.nextAt ?? 0, force?.nextAt ?? 0, nextAt ?? 0);

test('the histories reach every phase, raise contradictions and turn requests down', () => {
  const seen = new Set<string>();
  always(
    ({ before, event, done: { transaction, rejection } }) => {
      seen.add(`${before.phase}: ${rejection?.code ?? event.type}`);
      if (before.coolingSince !== null && transaction.phase !== before.phase)
        seen.add(
          `${before.phase}: ${transaction.phase === 'confirming' ? 'cooled off' : 'cancelled while it cooled off'}`,
        );
      if (transaction.endedAt === null) return;
      for (const { settle } of transaction.branches) seen.add(`${transaction.phase}: ${settle.state}`);
      // The same histories each time, and many: what is rare among them must not be missing by chance.
    },
    { numRuns: 300, seed: 1 },
  );
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'trying: woken',
      'trying: resumeRequested',
      'confirming: resumeRequested',
      'trying: REGISTRATION_CLOSED',
      'trying: cooled off',
      'trying: cancelled while it cooled off',
      'confirmed: TRANSACTION_ENDED',
      'confirming: woken',
      'confirmed: woken',
      'cancelling: woken',
      'cancelled: woken',
      'confirmed: contradicted',
      'cancelled: contradicted',
      'confirmed: forced',
      'cancelled: forced',
      'trying: TRANSACTION_UNDECIDED',
      'trying: BRANCHES_DIFFER',
      'trying: BRANCH_UNANSWERED',
      'trying: REPORT_NOT_EXPECTED',
      'confirming: ALREADY_CONFIRMED',
      'cancelling: ALREADY_CANCELLED',
    ]),
  );
});

test('I2: it confirms only if every branch answered Try with yes, in time', () => {
  atEachChange((moment, history) => {
    const { transaction } = moment.done;
    if (!decides(moment) || transaction.phase !== 'confirming') return;
    // A pause holds the deadline, and what only waits for its time has met it.
    const { paused, coolingSince } = moment.before;
    if (!paused && coolingSince === null) expect(moment.event.at).toBeLessThan(DEADLINE_AT);
    if (moment.event.type === 'confirmRequested') {
      expect(moment.event.branchIds.toSorted()).toEqual(
        transaction.branches.map((each) => each.branchId).sort(),
      );
    }
    const past = history.slice(0, history.indexOf(moment) + 1);
    for (const { branchId: id, try: progress } of transaction.branches) {
      expect(progress.state).toBe('tried');
      expect(past.some(({ event }) => event.type === 'tried' && event.branchId === id)).toBe(true);
    }
  });
});

test('I3: it is never confirmed before its time; while it cools off no branch joins it and a cancel wins', () => {
  atEachChange(({ before, event, done: { transaction } }) => {
    const { phase, confirmNotBefore, coolingSince } = transaction;
    if (phase === 'confirming' && before.phase === 'trying')
      expect(event.at).toBeGreaterThanOrEqual(confirmNotBefore ?? 0);
    if (before.coolingSince === null) return;
    expect(coolingSince).toBe(before.coolingSince);
    if (before.phase !== 'trying') return;
    expect(transaction.branches.length).toBe(before.branches.length);
    if (event.type === 'cancelRequested') expect(phase).toBe('cancelling');
    // Nothing but that cancels it: all have said yes, and its deadline is over.
    else expect(phase).not.toBe('cancelling');
  });
});

test('I3: a decision never reverses, under any order and repetition, nor do its reason, its time and its branches', () => {
  atEachChange(({ before, done: { transaction } }) => {
    if (!isDecided(before)) return;
    expect(decisionOf(transaction)).toBe(decisionOf(before));
    expect(transaction.reason).toBe(before.reason);
    expect(transaction.decidedAt).toBe(before.decidedAt);
    expect(transaction.branches.map((each) => each.branchId)).toEqual(
      before.branches.map((each) => each.branchId),
    );
  });
});

test('I3: a decision is durable before its first Confirm or Cancel leaves, which goes to every branch', () => {
  atEachChange((moment) => {
    if (!decides(moment)) return;
    const { transaction, effects, save } = moment.done;
    expect(save).toBe('durable');
    expect(transaction.endedAt).toBeNull();
    // Past the deadline a force finds the decision that was due, and goes after it.
    const sends = effects.filter((effect) => effect.type === 'send' && effect.operation !== 'force');
    // What is decided while it is paused leaves with the resume.
    const told = transaction.paused && moment.event.type !== 'pauseRequested' ? [] : transaction.branches;
    expect(sends).toEqual(
      told.map((each) => ({
        type: 'send',
        operation: decisionOf(transaction),
        branchId: each.branchId,
      })),
    );
    expect(transaction.reason === null).toBe(decisionOf(transaction) === 'confirm');
  });
});

test('I3: nothing leaves that the phase does not ask for, and nothing but an end that is not durable', () => {
  atEachChange(({ done: { transaction, effects, save } }) => {
    for (const effect of effects) {
      if (effect.type === 'publishEnded') {
        expect({ save, ended: transaction.endedAt !== null, effects: effects.length }).toEqual({
          save: 'lazy',
          ended: true,
          effects: 1,
        });
      } else if (effect.type === 'notify') {
        expect(save).toBe('durable');
      } else {
        expect(save).toBe('durable');
        const branch = findBranch(transaction, effect.branchId) as Branch;
        const asked = [operationOf(transaction), openOperation(transaction, branch)?.operation];
        expect(asked).toContain(effect.operation);
      }
    }
    if (save === 'lazy') expect(effects).toEqual([{ type: 'publishEnded' }]);
  });
});

test('I12: a contradiction once raised is noted, and settled by nothing but its right answer or an operator', () => {
  always(({ before, event, done: { transaction } }) => {
    if (!isDisputed(before) || isDisputed(transaction)) return;
    const settles = ['confirmed', 'cancelled', 'forced', 'forceRequested', 'acknowledgeRequested'];
    // Before the decision it only remains as the last error of its branch, which is asked anew.
    if (isDecided(before)) expect(settles).toContain(event.type);
  });
});

test('what has ended stays in its phase, tells its end once and is never woken again', () => {
  atEachChange(({ before, done }) => {
    const { wakeAt, endedAt, paused } = done.transaction;
    expect(wakeAt === null).toBe(endedAt !== null || paused !== null);
    if (endedAt !== null) expect(paused).toBeNull();
    expect(operationOf(done.transaction) === null).toBe(done.transaction.endedAt !== null);
    if (before.endedAt === null) return;
    expect(done.transaction.phase).toBe(before.phase);
    expect(done.transaction.endedAt).toBe(before.endedAt);
    expect(done.effects.filter(({ type }) => type !== 'notify')).toEqual([]);
  });
});

test('it ends when every branch has said so, and not before', () => {
  atEachChange(({ before, done: { transaction } }) => {
    const areSettled = transaction.branches.every(isSettled);
    if (before.endedAt === null && transaction.endedAt !== null) expect(areSettled).toBe(true);
    // What is ended by force is told before the end, which the next timer brings.
    const mayWait = transaction.branches.length === 0 || isForced(transaction);
    if (!mayWait && transaction.endedAt === null) expect(areSettled).toBe(false);
  });
});

test('I10: what has not ended wakes at its deadline or when it may be confirmed, and after the decision within the cap', () => {
  atEachChange(({ event, done: { transaction } }) => {
    const { wakeAt, deadlineAt, decidedAt, coolingSince, confirmNotBefore, branches } = transaction;
    if (wakeAt === null) return;
    if (coolingSince !== null && !isDecided(transaction)) {
      expect(wakeAt).toBe(confirmNotBefore);
    } else if (!isDecided(transaction)) {
      expect(wakeAt).toBeLessThanOrEqual(deadlineAt);
    } else if (branches.every(isSettled)) {
      expect(wakeAt).toBe(decidedAt);
    } else {
      expect(wakeAt).toBeLessThanOrEqual(event.at + RETRY_POLICY.capMs);
      expect(wakeAt).toBeGreaterThan(decidedAt ?? NaN);
    }
    expect(Math.max(0, ...branches.map(latestSending))).toBeLessThanOrEqual(event.at + RETRY_POLICY.capMs);
  });
});

test('I10: a timer never rings in vain: at wakeAt there is something to do, and then a later one', () => {
  atEachChange(({ done: { transaction } }) => {
    if (transaction.wakeAt === null) return;
    const rung = step(transaction, woken(transaction.wakeAt));
    expect(rung.effects.length > 0 || rung.transaction.phase !== transaction.phase).toBe(true);
    if (rung.transaction.wakeAt !== null && !rung.transaction.branches.every(isSettled)) {
      expect(rung.transaction.wakeAt).toBeGreaterThan(transaction.wakeAt);
    }
  });
});

test('what hangs is explained by the code under which it is listed and counted', () => {
  const codes = new Set<string>();
  const known = { paused: new Set<string>(), withoutConsumer: new Set<string>() };
  always(
    ({ done: { transaction } }) => {
      const { hung, wakeAt, paused } = transaction;
      if (hung) codes.add(hung.code);
      const code = hungCodeOf({ hung, isPaused: paused !== null, disputed: isDisputed(transaction) }, known);
      if (code !== null) expect(explain(transaction, { at: wakeAt ?? 0, ...known }).code).toBe(code);
    },
    { numRuns: 300, seed: 1 },
  );
  expect([...codes].sort()).toEqual(['CONTRADICTION', 'HANDLER_FAILING', 'NO_REPLY']);
});

test('each sending counts as one attempt of its branch, and changes no other', () => {
  atEachChange(({ before, event, done: { transaction, effects } }) => {
    for (const each of transaction.branches) {
      const earlier = findBranch(before, each.branchId);
      const isForcedAnew =
        event.type === 'forceRequested' &&
        event.branchId === each.branchId &&
        earlier?.settle.state !== 'forcing';
      for (const slot of ['try', 'settle', 'force'] as const) {
        // A branch that followed while it was being forced, and contradicts since, may be forced again: a new count.
        const earlierAttempts = slot === 'force' && isForcedAnew ? 0 : (earlier?.[slot]?.attempts ?? 0);
        const sent = effects.filter(
          (effect) =>
            effect.type === 'send' && effect.branchId === each.branchId && slotOf(effect.operation) === slot,
        );
        expect((each[slot]?.attempts ?? 0) - earlierAttempts).toBe(sent.length);
        if (sent.length > 0) expect(each[slot]?.lastAt).toBe(event.at);
      }
    }
  });
});

test('what is ignored or turned down is the same reference, with nothing to do and nothing to save', () => {
  always(({ before, event, done }) => {
    if (done.transaction === before) expect(done).toMatchObject({ effects: [], save: 'none' });
    // A request that comes past the deadline finds the decision that was due.
    if (done.rejection && (event.at < DEADLINE_AT || before.paused)) expect(done.transaction).toBe(before);
  });
});

test('repeated events change nothing, and repeated requests get the same answer', () => {
  always(({ before, event, done: { transaction, rejection } }) => {
    // A take-over or a recall sends again by its nature; a timer that rings past the deadline decides, and the next one goes on;
    // and a Cancel can be answered only once it has been decided.
    if (['adopted', 'recalled', 'retryRequested'].includes(event.type)) return;
    if (!isDecided(before) && ['woken', 'cancelled', 'forced'].includes(event.type)) return;
    const again = step(transaction, event);
    expect(again.transaction).toBe(transaction);
    expect(effectsOf(again)).toEqual([]);
    expect(again.rejection?.code).toBe(rejection?.code);
  });
});

test('a transaction that was stored and read again behaves as before', () => {
  const stored = <T>(value: T) => JSON.parse(JSON.stringify(value)) as T;
  atEachChange(({ before, event, done }) => {
    expect(JSON.stringify(transition(stored(before), stored(event)))).toBe(JSON.stringify(done));
  });
});
