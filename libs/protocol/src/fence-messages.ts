import { z } from 'zod';
import { BranchId, Participant, Resource, Xid } from './identifiers.js';
import { FENCE_BATCH_MAX } from './limits.js';
import { FORMAT_VERSION, FenceState } from './messages.js';

const v = z.literal(FORMAT_VERSION);

/** The key of a row in a participant's fence. */
const FenceKey = z.object({ xid: Xid, branchId: BranchId });
const FenceKeys = z.array(FenceKey).min(1).max(FENCE_BATCH_MAX);

/**
 * From a participant to the coordinators: these branches are still frozen here past their deadlines; what was decided?
 * The answer is the ordinary command on the participant's topic, or `Forgotten`, or nothing while it is undecided.
 */
export const Inquiry = z.object({
  v,
  participant: Participant,
  /** When the rows were read, by the participant database's clock, in milliseconds since 1970. */
  askedAt: z.int().nonnegative(),
  branches: z
    .array(FenceKey.extend({ resource: Resource, fence: FenceState }))
    .min(1)
    .max(FENCE_BATCH_MAX),
});
export type Inquiry = z.infer<typeof Inquiry>;

/**
 * From a coordinator to a participant: nothing is known of the transactions of these branches any more, and they are
 * too old to be presumed cancelled. They stay frozen until a person has looked at them.
 */
export const Forgotten = z.object({ v, branches: FenceKeys });
export type Forgotten = z.infer<typeof Forgotten>;

/** From a participant to the coordinators: which of these rows, all settled, does nobody need any more? */
export const CleanupQuestion = z.object({
  v,
  participant: Participant,
  /** For how long a transaction must have ended before its rows may go, in milliseconds. */
  endedForMs: z.int().nonnegative(),
  branches: FenceKeys,
});
export type CleanupQuestion = z.infer<typeof CleanupQuestion>;

/** From a coordinator to a participant: these rows may go. Those that it was asked about and does not name must stay. */
export const CleanupAnswer = z.object({ v, branches: FenceKeys });
export type CleanupAnswer = z.infer<typeof CleanupAnswer>;
