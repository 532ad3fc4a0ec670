import { z } from 'zod';
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
import { durationBetween } from './duration.js';
import {
  BEGINS_MAX,
  BRANCHES_MAX,
  IDEMPOTENCY_KEY_LENGTH_MAX,
  REQUEST_BYTES_MAX,
  TIMEOUT_MS_MAX,
  TIMEOUT_MS_MIN,
  WAIT_MS_MAX,
} from './limits.js';
import { Json, Reason } from './messages.js';
import { Problem } from './problem.js';
import { StuckCode } from './stuck-code.js';
import { Time } from './time.js';

/** The header that makes a repeated begin the same transaction; its scope is the credential's owner. */
export const IDEMPOTENCY_KEY_HEADER = 'idempotency-key';
/** An idempotency key: what HTTP allows in a header without quoting. */
export const IdempotencyKey = z
  .string()
  .max(IDEMPOTENCY_KEY_LENGTH_MAX, `an idempotency key has at most ${IDEMPOTENCY_KEY_LENGTH_MAX} characters`)
  .regex(/^[\x21-\x7e]+$/, 'an idempotency key holds visible ASCII characters, at least one');

/** Says `true` on an answer to a begin that was accepted before. */
export const IDEMPOTENCY_REPLAYED_HEADER = 'idempotency-replayed';

/** Where a transaction stands. Retries, timeouts and pauses are columns, not phases. */
export const Phase = z.enum(['trying', 'confirming', 'confirmed', 'cancelling', 'cancelled']);
export type Phase = z.infer<typeof Phase>;

/** A branch as a begin declares it. */
export const DeclaredBranch = z
  .object({
    branchId: BranchId.optional().describe('Its position from 1 where none is given.'),
    participant: Participant,
    resource: Resource,
    input: Json.describe(
      'What the participant gets; it has to fit the schema that the participant announced.',
    ),
  })
  .meta({ id: 'DeclaredBranch' });
export type DeclaredBranch = z.infer<typeof DeclaredBranch>;

/** `POST /v1/transactions` */
export const BeginRequest = z
  .object({
    name: TransactionName,
    reference: Reference.optional(),
    timeout: durationBetween(TIMEOUT_MS_MIN, TIMEOUT_MS_MAX)
      .optional()
      .describe('Time until the decision, such as 30s. What is undecided by then is cancelled.'),
    confirmNotBefore: Time.optional().describe(
      'Even if all say yes, it is not confirmed before this, and can be cancelled until then. At most 30 days ahead.',
    ),
    branches: z
      .array(DeclaredBranch)
      .min(1)
      .max(BRANCHES_MAX)
      .optional()
      .describe(
        'All branches of a declared transaction: it decides by itself. Leave out to add branches one by one.',
      ),
  })
  .meta({ id: 'BeginRequest' });
export type BeginRequest = z.infer<typeof BeginRequest>;

/** Query of the calls that may wait. */
export const WaitFor = z.enum(['decided', 'ended']);
const WaitTimeout = durationBetween(0, WAIT_MS_MAX);
export const WaitQuery = z.object({ wait: WaitFor.optional(), timeout: WaitTimeout.optional() });
export type WaitQuery = z.infer<typeof WaitQuery>;
export const WaitTriedQuery = z.object({
  wait: z.literal('tried').optional(),
  timeout: WaitTimeout.optional(),
});
export type WaitTriedQuery = z.infer<typeof WaitTriedQuery>;

/** Characters of a `traceparent`. */
const TRACE_PARENT_LENGTH = 55;

/** One of several begins that are sent together: what a begin alone has in its headers, query and body. */
export const BeginItem = z
  .object({
    idempotencyKey: IdempotencyKey.optional(),
    ...WaitQuery.shape,
    traceParent: z
      .string()
      .max(TRACE_PARENT_LENGTH)
      .optional()
      .describe('The sampled trace that the begin belongs to (W3C Trace Context).'),
    request: BeginRequest.describe(`At most ${REQUEST_BYTES_MAX} bytes.`),
  })
  .meta({ id: 'BeginItem' });
export type BeginItem = z.infer<typeof BeginItem>;

/** `POST /v1/transactions/actions/begin`. An item at fault is read as what is wrong with it, and spoils no other. */
export const BeginManyRequest = z
  .object({
    begins: z
      .array(z.union([BeginItem, z.unknown().transform((item) => BeginItem.safeParse(item).error)]))
      .min(1)
      .max(BEGINS_MAX)
      .describe('An item that does not fit is answered by a problem of its own.'),
  })
  .meta({ id: 'BeginManyRequest' });

/** Who carries out the Try of a branch: the coordinator sends it, or the participant did it and reports the answer. */
export const TryBy = z.enum(['coordinator', 'participant']);
export type TryBy = z.infer<typeof TryBy>;

/** `POST /v1/transactions/{xid}/branches` */
export const RegisterBranchRequest = z
  .object({
    branchId: BranchId,
    participant: Participant,
    resource: Resource,
    input: Json,
    tryBy: TryBy.default('coordinator'),
  })
  .meta({ id: 'RegisterBranchRequest' });
export type RegisterBranchRequest = z.input<typeof RegisterBranchRequest>;

/** `POST /v1/transactions/{xid}/branches/{branchId}/actions/tried` */
export const TriedReport = z.object({ answer: Json }).meta({ id: 'TriedReport' });
export type TriedReport = z.infer<typeof TriedReport>;

/** `POST /v1/transactions/{xid}/branches/{branchId}/actions/refused` */
export const RefusedReport = z.object({ code: Code, message: CleanText }).meta({ id: 'RefusedReport' });
export type RefusedReport = z.infer<typeof RefusedReport>;

/** `POST /v1/transactions/{xid}/actions/confirm` */
export const ConfirmRequest = z
  .object({
    branchIds: z
      .array(BranchId)
      .max(BRANCHES_MAX)
      .describe('The branches that the caller means; refused if others stand.'),
  })
  .meta({ id: 'ConfirmRequest' });
export type ConfirmRequest = z.infer<typeof ConfirmRequest>;

/** Where a branch stands. */
export const BranchState = z.enum([
  'trying',
  'tried',
  'refused',
  'confirming',
  'confirmed',
  'cancelling',
  'cancelled',
  'contradicted',
  'forcing',
  'forced',
]);
export type BranchState = z.infer<typeof BranchState>;

export const BranchSummary = z
  .object({
    branchId: BranchId,
    participant: Participant,
    resource: Resource,
    state: BranchState,
    answer: z.unknown().describe('What Try answered (the reservation), or null.'),
    refusal: z.object({ code: Code, message: z.string() }).nullable(),
  })
  .meta({ id: 'BranchSummary' });
export type BranchSummary = z.infer<typeof BranchSummary>;

/** What every view of a transaction tells. */
export const summaryFields = {
  xid: Xid,
  name: TransactionName,
  reference: Reference.nullable(),
  phase: Phase,
  reason: Reason.nullable().describe('Why it is cancelled.'),
  beganAt: Time,
  deadlineAt: Time,
  confirmNotBefore: Time.nullable().describe('It is not confirmed before this.'),
  coolingSince: Time.nullable().describe(
    'Since when it only waits for that time; until then a cancel is free.',
  ),
  decidedAt: Time.nullable(),
  endedAt: Time.nullable(),
  paused: z
    .object({ since: Time, actor: z.string(), reason: z.string() })
    .nullable()
    .describe('An operator holds it.'),
  hung: z
    .object({ since: Time, code: StuckCode })
    .nullable()
    .describe('Its automatic retries did not end it; they go on.'),
  contradicted: z.boolean().describe("A participant's fence stood against the decision."),
  forced: z.boolean().describe('An operator forced the end of a branch.'),
};

/** What the initiator's calls answer. */
export const TransactionSummary = z
  .object({ ...summaryFields, branches: z.array(BranchSummary) })
  .meta({ id: 'TransactionSummary' });
export type TransactionSummary = z.infer<typeof TransactionSummary>;

/** One line of the answer to several begins: what the begin at `index` would have been answered alone. */
export const BeginLine = z
  .object({
    index: z.int().nonnegative(),
    status: z.int(),
    replayed: z.boolean().describe('Whether it was begun before, with the same key.'),
    retryAfter: z
      .int()
      .positive()
      .optional()
      .describe('Seconds after which a begin that was turned down may go well, as `Retry-After` says it.'),
    body: z.union([TransactionSummary, Problem]),
  })
  .meta({ id: 'BeginLine' });
export type BeginLine = z.infer<typeof BeginLine>;

/** How one operation of one branch went. */
export const OperationView = z
  .object({
    state: z.enum(['none', 'pending', 'done', 'refused', 'contradicted', 'forcing', 'forced']),
    attempts: z.int(),
    firstAt: Time.nullable(),
    lastAt: Time.nullable(),
    nextAt: Time.nullable(),
    lastError: z.object({ code: Code, message: z.string(), at: Time }).nullable(),
  })
  .meta({ id: 'OperationView' });
export type OperationView = z.infer<typeof OperationView>;

/** `GET /v1/transactions/{xid}`: the branch by operation matrix. */
export const TransactionDetail = z
  .object({
    ...summaryFields,
    wakeAt: Time.nullable().describe('When the coordinator looks at it next.'),
    branches: z.array(
      BranchSummary.extend({
        tryBy: TryBy,
        input: z.unknown(),
        operations: z.object({ try: OperationView, confirm: OperationView, cancel: OperationView }),
      }).meta({ id: 'BranchDetail' }),
    ),
  })
  .meta({ id: 'TransactionDetail' });
export type TransactionDetail = z.infer<typeof TransactionDetail>;
