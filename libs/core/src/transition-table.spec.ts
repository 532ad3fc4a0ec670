import type { Phase, ProblemCode } from '@holdfast/protocol';
import type { Event, EventType } from './event.js';
import type { Durability } from './step.js';
import type { Transaction } from './transaction.js';
import { open, confirming, cancelling, standing, happens } from './phase-samples.suite.js';
import {
  DEADLINE_AT,
  declared,
  effectsOf,
  forceRequested,
  after,
  pauseRequested,
  stateOf,
  step,
  tried,
} from './samples.suite.js';

interface Cell {
  /** Where the transaction stands before, if not where its phase's sample does. */
  given?: Transaction;
  phase: Phase;
  /** Branch b afterwards, as try/settle. */
  b: string;
  save: Durability;
  effects?: string[];
}
/** Nothing changes: the same reference, nothing to do and nothing to save; a request is turned down with a code. */
type Expected = Cell | 'ignored' | ProblemCode;

const contradictedNotice = 'notify contradicted';

const expected: Record<Phase, Record<EventType, Expected>> = {
  trying: {
    branchRegistered: { phase: 'trying', b: 'pending/none', save: 'durable', effects: ['send try c'] },
    tried: { phase: 'trying', b: 'tried/none', save: 'durable' },
    refused: {
      phase: 'cancelling',
      b: 'refused/pending',
      save: 'durable',
      effects: ['send cancel a', 'send cancel b'],
    },
    failed: { phase: 'trying', b: 'pending/none', save: 'none' },
    confirmed: { phase: 'trying', b: 'pending/contradicted', save: 'durable', effects: [contradictedNotice] },
    cancelled: { phase: 'trying', b: 'pending/contradicted', save: 'durable', effects: [contradictedNotice] },
    contradiction: 'ignored',
    confirmRequested: {
      given: after(open, tried('b')),
      phase: 'confirming',
      b: 'tried/pending',
      save: 'durable',
      effects: ['send confirm a', 'send confirm b'],
    },
    cancelRequested: {
      phase: 'cancelling',
      b: 'pending/pending',
      save: 'durable',
      effects: ['send cancel a', 'send cancel b'],
    },
    woken: { phase: 'trying', b: 'pending/none', save: 'durable', effects: ['send try b'] },
    adopted: { phase: 'trying', b: 'pending/none', save: 'durable', effects: ['send try b'] },
    recalled: { phase: 'trying', b: 'pending/none', save: 'durable', effects: ['send try b'] },
    retryRequested: { phase: 'trying', b: 'pending/none', save: 'durable', effects: ['send try b'] },
    pauseRequested: { phase: 'trying', b: 'pending/none', save: 'durable', effects: ['notify paused'] },
    resumeRequested: 'ignored',
    forceRequested: 'TRANSACTION_UNDECIDED',
    forced: { phase: 'trying', b: 'pending/contradicted', save: 'durable', effects: [contradictedNotice] },
    acknowledgeRequested: 'TRANSACTION_UNDECIDED',
  },
  confirming: {
    branchRegistered: 'ALREADY_CONFIRMED',
    tried: 'ignored',
    refused: 'ignored',
    failed: { phase: 'confirming', b: 'tried/pending', save: 'none' },
    confirmed: { phase: 'confirmed', b: 'tried/done', save: 'lazy', effects: ['publishEnded'] },
    cancelled: {
      phase: 'confirming',
      b: 'tried/contradicted',
      save: 'durable',
      effects: [contradictedNotice],
    },
    contradiction: {
      phase: 'confirming',
      b: 'tried/contradicted',
      save: 'durable',
      effects: [contradictedNotice],
    },
    confirmRequested: 'ignored',
    cancelRequested: 'ALREADY_CONFIRMED',
    woken: { phase: 'confirming', b: 'tried/pending', save: 'durable', effects: ['send confirm b'] },
    adopted: { phase: 'confirming', b: 'tried/pending', save: 'durable', effects: ['send confirm b'] },
    recalled: { phase: 'confirming', b: 'tried/pending', save: 'durable', effects: ['send confirm b'] },
    retryRequested: { phase: 'confirming', b: 'tried/pending', save: 'durable', effects: ['send confirm b'] },
    pauseRequested: { phase: 'confirming', b: 'tried/pending', save: 'durable', effects: ['notify paused'] },
    resumeRequested: 'ignored',
    forceRequested: { phase: 'confirming', b: 'tried/forcing', save: 'durable', effects: ['send force b'] },
    forced: {
      given: after(confirming, forceRequested('b')),
      phase: 'confirming',
      b: 'tried/forced',
      save: 'durable',
      effects: ['notify forced'],
    },
    acknowledgeRequested: 'BRANCH_NOT_CONTRADICTED',
  },
  confirmed: {
    branchRegistered: 'ALREADY_CONFIRMED',
    tried: 'ignored',
    refused: 'ignored',
    failed: 'ignored',
    confirmed: 'ignored',
    cancelled: {
      phase: 'confirmed',
      b: 'tried/contradicted',
      save: 'durable',
      effects: [contradictedNotice],
    },
    contradiction: {
      phase: 'confirmed',
      b: 'tried/contradicted',
      save: 'durable',
      effects: [contradictedNotice],
    },
    confirmRequested: 'ignored',
    cancelRequested: 'ALREADY_CONFIRMED',
    woken: 'ignored',
    adopted: 'ignored',
    recalled: 'ignored',
    retryRequested: 'TRANSACTION_ENDED',
    pauseRequested: 'TRANSACTION_ENDED',
    resumeRequested: 'TRANSACTION_ENDED',
    forceRequested: 'TRANSACTION_ENDED',
    forced: { phase: 'confirmed', b: 'tried/contradicted', save: 'durable', effects: [contradictedNotice] },
    acknowledgeRequested: 'BRANCH_NOT_CONTRADICTED',
  },
  cancelling: {
    branchRegistered: 'ALREADY_CANCELLED',
    tried: 'ignored',
    refused: 'ignored',
    failed: { phase: 'cancelling', b: 'refused/pending', save: 'none' },
    confirmed: {
      phase: 'cancelling',
      b: 'refused/contradicted',
      save: 'durable',
      effects: [contradictedNotice],
    },
    cancelled: { phase: 'cancelled', b: 'refused/done', save: 'lazy', effects: ['publishEnded'] },
    contradiction: {
      phase: 'cancelling',
      b: 'refused/contradicted',
      save: 'durable',
      effects: [contradictedNotice],
    },
    confirmRequested: 'ALREADY_CANCELLED',
    cancelRequested: 'ignored',
    woken: { phase: 'cancelling', b: 'refused/pending', save: 'durable', effects: ['send cancel b'] },
    adopted: { phase: 'cancelling', b: 'refused/pending', save: 'durable', effects: ['send cancel b'] },
    recalled: { phase: 'cancelling', b: 'refused/pending', save: 'durable', effects: ['send cancel b'] },
    retryRequested: {
      phase: 'cancelling',
      b: 'refused/pending',
      save: 'durable',
      effects: ['send cancel b'],
    },
    pauseRequested: {
      phase: 'cancelling',
      b: 'refused/pending',
      save: 'durable',
      effects: ['notify paused'],
    },
    resumeRequested: 'ignored',
    forceRequested: { phase: 'cancelling', b: 'refused/forcing', save: 'durable', effects: ['send force b'] },
    forced: {
      given: after(cancelling, forceRequested('b')),
      phase: 'cancelling',
      b: 'refused/forced',
      save: 'durable',
      effects: ['notify forced'],
    },
    acknowledgeRequested: 'BRANCH_NOT_CONTRADICTED',
  },
  cancelled: {
    branchRegistered: 'ALREADY_CANCELLED',
    tried: 'ignored',
    refused: 'ignored',
    failed: 'ignored',
    confirmed: {
      phase: 'cancelled',
      b: 'refused/contradicted',
      save: 'durable',
      effects: [contradictedNotice],
    },
    cancelled: 'ignored',
    contradiction: {
      phase: 'cancelled',
      b: 'refused/contradicted',
      save: 'durable',
      effects: [contradictedNotice],
    },
    confirmRequested: 'ALREADY_CANCELLED',
    cancelRequested: 'ignored',
    woken: 'ignored',
    adopted: 'ignored',
    recalled: 'ignored',
    retryRequested: 'TRANSACTION_ENDED',
    pauseRequested: 'TRANSACTION_ENDED',
    resumeRequested: 'TRANSACTION_ENDED',
    forceRequested: 'TRANSACTION_ENDED',
    forced: { phase: 'cancelled', b: 'refused/contradicted', save: 'durable', effects: [contradictedNotice] },
    acknowledgeRequested: 'BRANCH_NOT_CONTRADICTED',
  },
};

function check(before: Transaction, event: Event, cell: Expected): void {
  const done = step(before, event);
  if (typeof cell === 'string') {
    expect(done.transaction).toBe(before);
    expect(done).toMatchObject({ effects: [], save: 'none' });
    expect(done.rejection?.code).toBe(cell === 'ignored' ? undefined : cell);
    return;
  }
  expect(done.transaction).not.toBe(before);
  expect(done.rejection).toBeUndefined();
  expect({
    phase: done.transaction.phase,
    b: stateOf(done.transaction, 'b'),
    save: done.save,
    effects: effectsOf(done),
  }).toEqual({ phase: cell.phase, b: cell.b, save: cell.save, effects: cell.effects ?? [] });
}

const phases = Object.keys(expected) as Phase[];
const eventTypes = Object.keys(happens) as EventType[];

describe.each(phases)('while %s', (phase) => {
  test.each(eventTypes)('%s', (type) => {
    const cell = expected[phase][type];
    const before = typeof cell === 'object' && cell.given ? cell.given : standing[phase];
    expect(before.phase).toBe(phase);
    check(before, happens[type](phase), cell);
  });
});

/** What a declared transaction does otherwise: it holds its branches from the start, and decides by itself. */
const expectedOfDeclared: Partial<Record<EventType, Expected>> = {
  branchRegistered: 'TRANSACTION_DECLARED',
  tried: {
    phase: 'confirming',
    b: 'tried/pending',
    save: 'durable',
    effects: ['send confirm a', 'send confirm b'],
  },
  confirmRequested: 'BRANCH_UNANSWERED',
};

test.each(eventTypes)('while trying, declared: %s', (type) => {
  const cell = expectedOfDeclared[type] ?? expected.trying[type];
  check(after(declared('a', 'b'), tried('a')), happens[type]('trying'), cell);
});

/** What a paused transaction does otherwise: it decides what is said, and nothing leaves. */
type OpenPhase = 'trying' | 'confirming' | 'cancelling';
const heldWhilePaused = {
  woken: 'ignored',
  adopted: 'ignored',
  recalled: 'ignored',
  retryRequested: 'TRANSACTION_PAUSED',
  pauseRequested: 'ignored',
} as const;
const resumed = (phase: OpenPhase, b: string, sent: string): Cell => {
  return { phase, b, save: 'durable', effects: [sent, 'notify resumed'] };
};
const expectedWhilePaused: Record<OpenPhase, Record<EventType, Expected>> = {
  trying: {
    branchRegistered: { phase: 'trying', b: 'pending/none', save: 'durable' },
    tried: { phase: 'trying', b: 'tried/none', save: 'durable' },
    refused: { phase: 'cancelling', b: 'refused/pending', save: 'durable' },
    failed: { phase: 'trying', b: 'pending/none', save: 'none' },
    confirmed: { phase: 'trying', b: 'pending/contradicted', save: 'durable', effects: [contradictedNotice] },
    cancelled: { phase: 'trying', b: 'pending/contradicted', save: 'durable', effects: [contradictedNotice] },
    contradiction: 'ignored',
    confirmRequested: {
      given: after(open, pauseRequested(), tried('b')),
      phase: 'confirming',
      b: 'tried/pending',
      save: 'durable',
    },
    cancelRequested: { phase: 'cancelling', b: 'pending/pending', save: 'durable' },
    ...heldWhilePaused,
    resumeRequested: resumed('trying', 'pending/none', 'send try b'),
    forceRequested: 'TRANSACTION_UNDECIDED',
    forced: { phase: 'trying', b: 'pending/contradicted', save: 'durable', effects: [contradictedNotice] },
    acknowledgeRequested: 'TRANSACTION_UNDECIDED',
  },
  confirming: {
    ...expected.confirming,
    ...heldWhilePaused,
    resumeRequested: resumed('confirming', 'tried/pending', 'send confirm b'),
    forceRequested: { phase: 'confirming', b: 'tried/forcing', save: 'durable' },
    forced: {
      given: after(confirming, forceRequested('b'), pauseRequested()),
      phase: 'confirming',
      b: 'tried/forced',
      save: 'durable',
      effects: ['notify forced'],
    },
  },
  cancelling: {
    ...expected.cancelling,
    ...heldWhilePaused,
    resumeRequested: resumed('cancelling', 'refused/pending', 'send cancel b'),
    forceRequested: { phase: 'cancelling', b: 'refused/forcing', save: 'durable' },
    forced: {
      given: after(cancelling, forceRequested('b'), pauseRequested()),
      phase: 'cancelling',
      b: 'refused/forced',
      save: 'durable',
      effects: ['notify forced'],
    },
  },
};

describe.each(Object.keys(expectedWhilePaused) as OpenPhase[])('while %s and paused', (phase) => {
  test.each(eventTypes)('%s', (type) => {
    const cell = expectedWhilePaused[phase][type];
    const before =
      typeof cell === 'object' && cell.given ? cell.given : after(standing[phase], pauseRequested());
    expect(before).toMatchObject({ phase, wakeAt: null });
    check(before, happens[type](phase), cell);
    const { paused, wakeAt, endedAt } = step(before, happens[type](phase)).transaction;
    expect(paused === null).toBe(type === 'resumeRequested' || endedAt !== null);
    if (paused) expect(wakeAt).toBeNull();
  });
});

/** What a request is answered that comes after the deadline; every event first makes the cancellation that is due. */
const turnedDownAfterDeadline: Record<EventType, ProblemCode | null> = {
  branchRegistered: 'ALREADY_CANCELLED',
  tried: null,
  refused: null,
  failed: null,
  confirmed: null,
  cancelled: null,
  contradiction: null,
  confirmRequested: 'ALREADY_CANCELLED',
  cancelRequested: null,
  woken: null,
  adopted: null,
  recalled: null,
  retryRequested: null,
  pauseRequested: null,
  resumeRequested: null,
  forceRequested: null,
  forced: null,
  acknowledgeRequested: 'BRANCH_NOT_CONTRADICTED',
};

/** What leaves besides. */
const moreAfterDeadline: Partial<Record<EventType, string[]>> = {
  confirmed: [contradictedNotice],
  pauseRequested: ['notify paused'],
  forceRequested: ['send force b'],
};
/** How b stands, where its Cancel is not all. */
const bAfterDeadline: Partial<Record<EventType, string>> = {
  confirmed: 'pending/contradicted',
  forceRequested: 'pending/forcing',
};

describe.each([
  ['at the deadline', DEADLINE_AT],
  ['long after the deadline', DEADLINE_AT + 3_600_000],
])('%s, before its timer rang', (_, at) => {
  test.each(eventTypes)('%s finds the transaction cancelled', (type) => {
    const done = step(open, { ...happens[type]('trying'), at });
    expect(done.transaction).toMatchObject({
      phase: 'cancelling',
      decidedAt: at,
      reason: { code: 'TIMEOUT', branchId: null },
    });
    expect(stateOf(done.transaction, 'b')).toBe(bAfterDeadline[type] ?? 'pending/pending');
    expect(effectsOf(done)).toEqual([
      ...['send cancel a', 'send cancel b'],
      ...(moreAfterDeadline[type] ?? []),
    ]);
    expect(done.save).toBe('durable');
    expect(done.rejection?.code ?? null).toBe(turnedDownAfterDeadline[type]);
  });
});

test('a millisecond before the deadline everything is as ever', () => {
  const done = step(open, tried('b', { at: DEADLINE_AT - 1 }));
  expect(done.transaction.phase).toBe('trying');
  expect(stateOf(done.transaction, 'b')).toBe('tried/none');
});
