import { z } from 'zod';
import { BranchId, Code, Xid } from './identifiers.js';
import { Time } from './time.js';

/** One sending of a command, and what came of it. */
export const AttemptView = z
  .object({
    branchId: BranchId,
    operation: z.enum(['try', 'confirm', 'cancel', 'force']),
    attempt: z.int().positive().describe('Counts the sendings of this operation of this branch.'),
    sentAt: Time,
    outcome: z
      .enum(['done', 'refused', 'failed', 'contradicted', 'unanswered'])
      .describe('`unanswered`: nothing came, or nothing yet.'),
    answeredAt: Time.nullable(),
    error: z.object({ code: Code, message: z.string() }).nullable(),
  })
  .meta({ id: 'Attempt' });
export type AttemptView = z.infer<typeof AttemptView>;

/** `GET /v1/transactions/{xid}/history`: the attempts, the oldest first. */
export const TransactionHistory = z
  .object({
    xid: Xid,
    items: z.array(AttemptView),
    omitted: z
      .int()
      .describe('Attempts that were made and are not listed: of many, the first and the last are kept.'),
  })
  .meta({ id: 'TransactionHistory' });
export type TransactionHistory = z.infer<typeof TransactionHistory>;
