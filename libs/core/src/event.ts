import type { FenceState, Operation } from '@holdfast/protocol';
import type { BranchDeclaration } from './transaction.js';

/** What opens a transaction. */
export interface Begun {
  readonly at: number;
  readonly xid: string;
  readonly name: string;
  readonly reference: string | null;
  readonly deadlineAt: number;
  /** The time until which a cancel is free although all have said yes. */
  readonly confirmNotBefore?: number;
  /** The trace that it belongs to. */
  readonly traceParent?: string;
  /** All branches of a declared transaction; none for one whose branches come one by one. */
  readonly branches: readonly BranchDeclaration[];
}

/** Who asks, and why: for people, no rule looks at it. */
interface ByOperator {
  readonly actor: string;
  readonly reason: string;
}

/** Past facts, each with the time at which it became known. Late and repeated ones change nothing. */
export type Event = { readonly at: number } & (
  | { readonly type: 'branchRegistered'; readonly branch: BranchDeclaration }
  /** A participant's yes; `reported` if it tried by itself and says so over REST. */
  | {
      readonly type: 'tried';
      readonly branchId: string;
      readonly answer: unknown;
      readonly reported: boolean;
    }
  | {
      readonly type: 'refused';
      readonly branchId: string;
      readonly code: string;
      readonly message: string;
      readonly reported: boolean;
    }
  /** An attempt whose outcome is unknown. */
  | {
      readonly type: 'failed';
      readonly branchId: string;
      readonly operation: Operation;
      readonly code: string;
      readonly message: string;
    }
  | { readonly type: 'confirmed'; readonly branchId: string }
  | { readonly type: 'cancelled'; readonly branchId: string }
  /** The participant's fence stands in a state that contradicts the command. */
  | {
      readonly type: 'contradiction';
      readonly branchId: string;
      readonly operation: Operation;
      readonly fence: FenceState | null;
    }
  | { readonly type: 'confirmRequested'; readonly branchIds: readonly string[] }
  | { readonly type: 'cancelRequested'; readonly code: string; readonly message: string }
  /** A timer rang: the deadline has passed, or an attempt is due. */
  | { readonly type: 'woken' }
  /** Another coordinator took the transaction over: answers that only its predecessor knew are lost. */
  | { readonly type: 'adopted' }
  /** A participant answers again, or is asked whether it does: its branches go on now. */
  | { readonly type: 'recalled'; readonly participant: string }
  /** An operator wants sent now what would be sent later, to these branches or to all. */
  | ({ readonly type: 'retryRequested'; readonly branchIds: readonly string[] | null } & ByOperator)
  | ({ readonly type: 'pauseRequested' } & ByOperator)
  | ({ readonly type: 'resumeRequested' } & ByOperator)
  /** An operator gives up on a branch that does not follow the decision. */
  | ({
      readonly type: 'forceRequested';
      readonly branchId: string;
      readonly evidence: string;
      /** Its participant never comes back: nobody waits for it. */
      readonly participantGone: boolean;
    } & ByOperator)
  /** An operator has settled by hand what stood against the decision. */
  | ({
      readonly type: 'acknowledgeRequested';
      readonly branchId: string;
      readonly evidence: string;
    } & ByOperator)
  /** A participant: this branch is ended by force, and stood so before. */
  | {
      readonly type: 'forced';
      readonly branchId: string;
      /** null where there was no row. */
      readonly fence: FenceState | null;
      /** Nothing stays frozen. */
      readonly settled: boolean;
    }
);

export type EventType = Event['type'];
export type EventOf<T extends EventType> = Extract<Event, { type: T }>;
