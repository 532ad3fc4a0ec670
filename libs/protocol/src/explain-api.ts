import { z } from 'zod';
import { BranchId, Code, Participant, Resource, Xid } from './identifiers.js';
import { StuckCode } from './stuck-code.js';
import { Time } from './time.js';
import { Phase } from './transactions-api.js';

/** Why one branch has not followed yet, and what happens next. */
export const BranchExplanation = z
  .object({
    branchId: BranchId,
    participant: Participant,
    resource: Resource,
    operation: z.enum(['try', 'confirm', 'cancel', 'force']),
    code: StuckCode,
    sentence: z.string(),
    since: Time.nullable().describe('When this operation was first sent.'),
    attempts: z.int(),
    lastError: z.object({ code: Code, message: z.string(), at: Time }).nullable(),
    nextAt: Time.nullable().describe('The next attempt.'),
    runbook: z.string().describe('The page that says what to do.'),
  })
  .meta({ id: 'BranchExplanation' });
export type BranchExplanation = z.infer<typeof BranchExplanation>;

/** `GET /v1/transactions/{xid}/explain` */
export const TransactionExplanation = z
  .object({
    xid: Xid,
    phase: Phase,
    hung: z.boolean(),
    code: StuckCode.nullable().describe('Null where nothing is amiss: it has ended, or goes on.'),
    sentence: z.string().describe('Why it has not ended, and what happens next and when.'),
    nextAt: Time.nullable().describe('When the coordinator does something next.'),
    runbook: z.string().nullable(),
    branches: z.array(BranchExplanation).describe('The branches that it waits for.'),
  })
  .meta({ id: 'TransactionExplanation' });
export type TransactionExplanation = z.infer<typeof TransactionExplanation>;
