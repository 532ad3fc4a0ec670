import { z } from 'zod';
import { BranchId, Participant, Xid } from './identifiers.js';
import { OWNER_LENGTH_MAX } from './limits.js';
import { nextCursor, pageQuery } from './page-query.js';
import { Time } from './time.js';

/** What is audited. */
export const AuditedAction = z.enum([
  'retry',
  'pause',
  'resume',
  'cancel',
  'force-resolve',
  'acknowledge',
  'pause-participant',
  'resume-participant',
  'start-batch',
  'stop-batch',
]);
export type AuditedAction = z.infer<typeof AuditedAction>;

/** One action of an operator, committed together with what it did. */
export const AuditEntry = z
  .object({
    id: z.string().describe('Grows with time.'),
    at: Time,
    actor: z.string().describe("The credential's owner."),
    action: AuditedAction,
    reason: z.string(),
    xid: Xid.nullable(),
    branchId: BranchId.nullable(),
    participant: Participant.nullable(),
    batchId: z.uuid().nullable(),
    evidence: z.string().nullable(),
    result: z.string().describe('`applied`, `unchanged`, or the code with which it was turned down.'),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;

/** `GET /v1/audit`, the youngest first. */
export const AuditQuery = z.object({
  xid: Xid.optional(),
  actor: z.string().min(1).max(OWNER_LENGTH_MAX).optional(),
  action: AuditedAction.optional(),
  participant: Participant.optional(),
  batchId: z.uuid().optional(),
  after: Time.optional(),
  before: Time.optional(),
  ...pageQuery,
});
export type AuditQuery = z.output<typeof AuditQuery>;

export const AuditList = z.object({ items: z.array(AuditEntry), next: nextCursor }).meta({ id: 'AuditList' });
export type AuditList = z.infer<typeof AuditList>;
