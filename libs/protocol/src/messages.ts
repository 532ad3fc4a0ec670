import { z } from 'zod';
import { EVIDENCE_LENGTH_MAX, RESOURCES_MAX } from './limits.js';
import {
  BranchId,
  CleanText,
  Code,
  Participant,
  Reference,
  Resource,
  TransactionName,
  Xid,
} from './identifiers.js';

/** The version of the messages' format. Readers accept the previous one as well, once there is one. */
export const FORMAT_VERSION = 1;
const v = z.literal(FORMAT_VERSION);

/** Any JSON value. What was parsed from JSON needs no second look, only to be there. */
export const Json: z.ZodType<unknown> = z.unknown().refine((value) => value !== undefined, 'required');

/** Milliseconds since 1970. */
const Instant = z.int().nonnegative();

/** What is done to a branch. `force` ends one that an operator gave up on: no Confirm or Cancel of it acts any more. */
export const Operation = z.enum(['try', 'confirm', 'cancel', 'force']);
export type Operation = z.infer<typeof Operation>;

/** What the decision asks of every branch. */
export const Decision = z.enum(['confirm', 'cancel']);
export type Decision = z.infer<typeof Decision>;

/** The states of a fence row; `trying`, `confirming` and `cancelling` occur only in the two-step form. */
export const FenceState = z.enum([
  'trying',
  'tried',
  'refused',
  'confirming',
  'confirmed',
  'cancelling',
  'cancelled',
  'forced',
]);
export type FenceState = z.infer<typeof FenceState>;

const commandFields = {
  v,
  xid: Xid,
  branchId: BranchId,
  resource: Resource,
  /** Counts the sendings of this operation of this branch from 1. */
  attempt: z.int().positive(),
  /** When the save that caused this command was made, by the coordinator database's clock. */
  issuedAt: Instant,
  /** The partition of the reply topic on which the sender listens. */
  replyPartition: z.int().nonnegative(),
};

/** From a coordinator to a participant: do this operation of this branch. */
export const Command = z.discriminatedUnion('operation', [
  z.object({
    ...commandFields,
    operation: z.literal('try'),
    /** A Try that arrives after this is refused: its transaction is about to be cancelled. */
    deadlineAt: Instant,
    input: Json,
  }),
  z.object({ ...commandFields, operation: z.literal('confirm') }),
  z.object({ ...commandFields, operation: z.literal('cancel') }),
  /** Participants that do not know it yet put it among the dead letters; it is sent again until they do. */
  z.object({
    ...commandFields,
    operation: z.literal('force'),
    /** What was decided, and the branch did not follow. */
    decision: Decision,
    /** What the operator says of how the branch really stands. */
    evidence: z.string().max(EVIDENCE_LENGTH_MAX),
  }),
]);
export type Command = z.infer<typeof Command>;

const replyFields = { v, xid: Xid, branchId: BranchId, attempt: z.int().positive() };

/** From a participant to the coordinator: what came of a command. */
export const Reply = z.discriminatedUnion('outcome', [
  /** Try froze the resource; `answer` is the reservation that it made. */
  z.object({ ...replyFields, outcome: z.literal('tried'), answer: Json }),
  /** Try said no, and left no effect. */
  z.object({ ...replyFields, outcome: z.literal('refused'), code: Code, message: CleanText }),
  z.object({ ...replyFields, outcome: z.literal('confirmed') }),
  z.object({ ...replyFields, outcome: z.literal('cancelled') }),
  /** Something unforeseen: the outcome is unknown, and the command is sent again. */
  z.object({
    ...replyFields,
    outcome: z.literal('failed'),
    operation: Operation,
    code: Code,
    message: CleanText,
  }),
  /** The fence stands in a state that the command contradicts. */
  z.object({
    ...replyFields,
    outcome: z.literal('contradiction'),
    operation: Operation,
    fence: FenceState.nullable(),
  }),
  /** The branch is ended by force, now or before; so are Confirm and Cancel answered from then on. */
  z.object({
    ...replyFields,
    outcome: z.literal('forced'),
    /** How the fence stood when the force came; null where there was no row. */
    fence: FenceState.nullable(),
    /** Nothing stays frozen: there was nothing, or the handler has settled it. */
    settled: z.boolean(),
  }),
]);
export type Reply = z.infer<typeof Reply>;

/** From a participant to the coordinators, when it starts: what it can reserve, and from what input. */
export const Announcement = z.object({
  v,
  participant: Participant,
  sdkVersion: z.string().max(64),
  resources: z
    .array(
      z.object({
        resource: Resource,
        /** JSON Schema (draft 2020-12) of the input of this resource's Try. */
        inputSchema: z.record(z.string(), Json),
        /** SHA-256 of the schema's canonical JSON, in hexadecimal. */
        schemaHash: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(RESOURCES_MAX),
});
export type Announcement = z.infer<typeof Announcement>;

/** Why a transaction was cancelled. */
export const Reason = z.object({
  code: Code,
  message: CleanText,
  /** The branch that caused it, where one did. */
  branchId: BranchId.nullable(),
});
export type Reason = z.infer<typeof Reason>;

export const Outcome = z.enum(['confirmed', 'cancelled']);
export type Outcome = z.infer<typeof Outcome>;

export const NoticeType = z.enum(['hung', 'paused', 'resumed', 'contradicted', 'forced']);
export type NoticeType = z.infer<typeof NoticeType>;

/**
 * To anyone: something about a transaction that people should know of. Published after the save that it tells of, once;
 * a crash in between loses it. The truth is what the transaction's row says.
 */
export const Notice = z.object({
  v,
  type: NoticeType,
  xid: Xid,
  name: TransactionName,
  reference: Reference.nullable(),
  at: Instant,
  /** The branch that it is about, where it is about one. */
  branchId: BranchId.nullable(),
  /** Why, for programs, where there is a code for it. */
  code: Code.nullable(),
  message: CleanText,
});
export type Notice = z.infer<typeof Notice>;

/** To anyone: a transaction has ended. Published at least once for each; tell repeats by the xid. */
export const Ended = z.object({
  v,
  type: z.literal('ended'),
  xid: Xid,
  name: TransactionName,
  reference: Reference.nullable(),
  outcome: Outcome,
  /** An operator forced the end of a branch; left out of all others. */
  forced: z.literal(true).optional(),
  reason: Reason.nullable(),
  beganAt: Instant,
  decidedAt: Instant,
  endedAt: Instant,
});
export type Ended = z.infer<typeof Ended>;
