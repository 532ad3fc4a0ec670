import { z } from 'zod';
import { BranchId, CleanText, Code } from './identifiers.js';
import { BRANCHES_MAX, EVIDENCE_LENGTH_MAX } from './limits.js';

/** Why an operator does something: it goes into the audit log. One that is too long is cut, never refused. */
export const ActionReason = CleanText.refine(
  (text) => text.trim() !== '',
  'say why: it goes into the audit log',
);

/** What an operator does to a transaction. */
export const TransactionAction = z.enum([
  'retry',
  'pause',
  'resume',
  'cancel',
  'force-resolve',
  'acknowledge',
]);
export type TransactionAction = z.infer<typeof TransactionAction>;

/**
 * `POST /v1/transactions/{xid}/actions/pause|resume`, `POST /v1/participants/{participant}/actions/pause|resume`,
 * `POST /v1/batches/{batchId}/actions/stop`
 */
export const ActionRequest = z.object({ reason: ActionReason }).meta({ id: 'ActionRequest' });
export type ActionRequest = z.output<typeof ActionRequest>;

/** `POST /v1/transactions/{xid}/actions/retry`: sends now what would be sent later. */
export const RetryRequest = z
  .object({
    reason: ActionReason,
    branchIds: z
      .array(BranchId)
      .min(1)
      .max(BRANCHES_MAX)
      .optional()
      .describe('Only to these branches; to all that have not answered where none is named.'),
  })
  .meta({ id: 'RetryRequest' });
export type RetryRequest = z.output<typeof RetryRequest>;

/**
 * `POST /v1/transactions/{xid}/actions/cancel`: an initiator's, with what the transaction is cancelled for; or, with
 * `reason`, an operator's, which is audited and needs If-Match.
 */
export const CancelRequest = z
  .object({ code: Code.optional(), message: CleanText.optional(), reason: ActionReason.optional() })
  .refine(({ code, message, reason }) => reason === undefined || (code ?? message) === undefined, {
    path: ['reason'],
    message: "give an operator's reason, or an initiator's code and message",
  })
  .meta({ id: 'CancelRequest' });
export type CancelRequest = z.output<typeof CancelRequest>;

/** What an initiator's cancel stands for where it does not say. */
export const CANCEL_DEFAULTS = {
  code: 'CANCEL_REQUESTED',
  message: 'The initiator asked to cancel it.',
} as const;

const evidence = z.string().trim().min(1).max(EVIDENCE_LENGTH_MAX);

/** `POST /v1/transactions/{xid}/actions/force-resolve`: ends one branch that does not follow the decision by itself. */
export const ForceResolveRequest = z
  .object({
    branchId: BranchId,
    reason: ActionReason,
    evidence: evidence.describe(
      "What shows how the branch really stands, such as a ticket or the provider's statement.",
    ),
    participantGone: z
      .boolean()
      .default(false)
      .describe('Ends without the acknowledgement of a participant that never comes back. Admins only.'),
  })
  .meta({ id: 'ForceResolveRequest' });
export type ForceResolveRequest = z.output<typeof ForceResolveRequest>;

/** `POST /v1/transactions/{xid}/actions/acknowledge`: says how the contradiction of one branch was settled by hand. */
export const AcknowledgeRequest = z
  .object({
    branchId: BranchId,
    reason: ActionReason,
    evidence: evidence.describe('What shows that the books of the branch now stand as was decided.'),
  })
  .meta({ id: 'AcknowledgeRequest' });
export type AcknowledgeRequest = z.output<typeof AcknowledgeRequest>;
