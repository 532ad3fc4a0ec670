import type { BranchCall } from '@holdfast/client';

/** Refused: the coordinator has enough to do and said so. No error, since there may be thousands a second. */
export type Outcome = 'confirmed' | 'cancelled' | 'refused';

/** Runs transactions in one of the ways that there are. */
export interface Initiator {
  /** Runs one, or asks for the further way of one that was run with the same key. */
  run(idempotencyKey: string, calls: readonly BranchCall[], wait: 'decided' | 'ended'): Promise<Outcome>;
  close(): Promise<void>;
}

/** Whether an answer of this status says that there is too much to do at the moment. */
export function isRefusal(status: number): boolean {
  return status === 429 || status === 503;
}
