export { RETRY_POLICY } from './backoff.js';
export type { RetryPolicy } from './backoff.js';
export type { Begun, Event, EventOf, EventType } from './event.js';
export { HUNG_CODES, hungCodeOf } from './hung.js';
export type { ParticipantsKnown } from './hung.js';
export { openSendings } from './recall.js';
export type { OpenSending } from './recall.js';
export type { Durability, Effect, Rejection, Step } from './step.js';
export { explain, runbookOf } from './explain.js';
export type { BranchExplanation, Explanation, Surroundings } from './explain.js';
export { decisionOf, findBranch, isContradicted, isDisputed, isForce, isForced } from './transaction.js';
export type {
  Acknowledgement,
  AttemptError,
  Attempts,
  Branch,
  BranchDeclaration,
  ForceProgress,
  Hung,
  PastAttempt,
  Pause,
  SettleProgress,
  Transaction,
  TryProgress,
} from './transaction.js';
export { begin, transition } from './transition.js';
