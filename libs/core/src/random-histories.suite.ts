import fc from 'fast-check';
import type { Event } from './event.js';
import type { Step } from './step.js';
import type { Transaction } from './transaction.js';
import {
  BEGAN_AT,
  acknowledgeRequested,
  adopted,
  branchRegistered,
  cancelRequested,
  cancelled,
  confirmRequested,
  confirmed,
  coolingBeginning,
  contradiction,
  declaration,
  failed,
  forceRequested,
  forced,
  pauseRequested,
  recalled,
  refused,
  resumeRequested,
  retryRequested,
  step,
  tried,
  woken,
} from './samples.suite.js';

/** One event of a history, with what stood before it. */
export interface Moment {
  readonly before: Transaction;
  readonly event: Event;
  readonly done: Step;
}

/** What may happen next, given what stands. */
type Move = (standing: Transaction) => Event;

const operation = fc.constantFrom('try', 'confirm', 'cancel', 'force' as const);
const fence = fc.constantFrom(null, 'tried', 'refused', 'confirmed', 'cancelled' as const);
/** One of the branches that stand, and now and then a stranger that nobody registered. */
const someBranch = fc.nat(14).map(
  (n) =>
    ({ branches }: Transaction) =>
      (n === 14 ? undefined : branches[n % branches.length])?.branchId ?? 'x',
);
/** Mostly moments, so that a history goes far before its deadline; then past the deadline, and past the cap. */
const pauseMs = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(0, 1, 40) },
  { weight: 6, arbitrary: fc.integer({ min: 100, max: 6_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(30_000, 600_000) },
);

function branch(id: string) {
  return declaration(id, { tryBy: id === 'c' ? 'participant' : 'coordinator' });
}

function about<T>(given: fc.Arbitrary<T>, event: (branchId: string, given: T) => Event): fc.Arbitrary<Move> {
  return fc.tuple(someBranch, given).map(
    ([id, value]) =>
      (standing) =>
        event(id(standing), value),
  );
}

const reported = fc.nat(4).map((n) => ({ reported: n === 0 }));
const nothing = fc.constant(undefined);
/** Some of the branches that may be registered; `requested` mostly means those that stand. */
const someIds = fc.subarray(['a', 'b', 'c', 'd', 'e']);
const requested = fc.tuple(fc.nat(2), someIds).map(
  ([n, ids]): Move =>
    ({ branches }) =>
      confirmRequested(n === 0 ? ids : branches.map((each) => each.branchId)),
);
const registered = fc.constantFrom('a', 'b', 'c', 'd', 'e').map(
  (id): Move =>
    () =>
      branchRegistered(branch(id)),
);

/** Anything that anybody may say, sensible or not; the sensible ones more often. */
const anyMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 24, arbitrary: about(reported, tried) },
  { weight: 1, arbitrary: about(reported, refused) },
  { weight: 8, arbitrary: about(operation, failed) },
  { weight: 14, arbitrary: about(nothing, (id) => confirmed(id)) },
  { weight: 7, arbitrary: about(nothing, (id) => cancelled(id)) },
  { weight: 4, arbitrary: about(operation, (id, what) => contradiction(id, what)) },
  { weight: 1, arbitrary: about(fc.nat(5), (id, n) => forceRequested(id, { participantGone: n === 0 })) },
  { weight: 2, arbitrary: about(fence, (id, stood) => forced(id, { fence: stood })) },
  { weight: 1, arbitrary: about(nothing, (id) => acknowledgeRequested(id)) },
  { weight: 2, arbitrary: registered },
  { weight: 6, arbitrary: requested },
  { weight: 1, arbitrary: fc.constant(() => cancelRequested()) },
  { weight: 8, arbitrary: fc.constant(() => woken(0)) },
  { weight: 2, arbitrary: fc.constant(() => adopted(0)) },
  { weight: 2, arbitrary: fc.constant(() => recalled('inventory', 0)) },
  { weight: 2, arbitrary: fc.option(someIds).map((ids) => () => retryRequested(0, ids)) },
  { weight: 1, arbitrary: fc.constant(() => pauseRequested(0)) },
  { weight: 2, arbitrary: fc.constant(() => resumeRequested(0)) },
);

/** A transaction of 0 to 5 branches, declared or one by one, some not to be confirmed before a time, and whatever happened to it, in any order. */
const anyHistory: fc.Arbitrary<readonly Moment[]> = fc
  .record({
    ids: someIds,
    isDeclared: fc.boolean(),
    coolsForMs: fc.oneof(
      { weight: 2, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.oneof(fc.nat(1_000), fc.integer({ min: 1_000, max: 1_000_000 })) },
    ),
    moves: fc.array(fc.tuple(anyMove, pauseMs), { maxLength: 60, size: 'max' }),
  })
  .map(({ ids, isDeclared, coolsForMs, moves }) => {
    const branches = ids.map(branch);
    const moments: Moment[] = [];
    const notBefore = coolsForMs === null ? null : BEGAN_AT + coolsForMs;
    let { transaction } = coolingBeginning(notBefore, ...(isDeclared ? branches : []));
    let at = BEGAN_AT;
    const happen = (move: Move) => {
      const event = { ...move(transaction), at };
      const done = step(transaction, event);
      moments.push({ before: transaction, event, done });
      transaction = done.transaction;
    };
    if (!isDeclared) branches.forEach((each) => happen(() => branchRegistered(each)));
    for (const [move, elapsedMs] of moves) {
      at += elapsedMs;
      happen(move);
    }
    return moments;
  });

/** Checks a rule at each moment of many random histories; fast-check prints the seed and the shortest one it breaks in. */
export function always(
  rule: (moment: Moment, history: readonly Moment[]) => void,
  parameters: fc.Parameters<[readonly Moment[]]> = { numRuns: 150 },
): void {
  fc.assert(
    fc.property(anyHistory, (history) => history.forEach((moment) => rule(moment, history))),
    parameters,
  );
}

/** The same for rules about what stands: they hold where nothing changed if they held before. */
export function atEachChange(rule: (moment: Moment, history: readonly Moment[]) => void): void {
  always((moment, history) => {
    if (moment.done.transaction !== moment.before) rule(moment, history);
  });
}
