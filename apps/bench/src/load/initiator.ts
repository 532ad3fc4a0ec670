import type { BranchCall } from '@holdfast/client';

export type Outcome = 'confirmed' | 'cancelled';

/** Runs transactions in one of the ways that there are. */
export interface Initiator {
  /**
   * Runs one, or asks for the further way of one that was run with the same key.
   * @throws Refused if the coordinator has enough to do.
   */
  run(idempotencyKey: string, calls: readonly BranchCall[], wait: 'decided' | 'ended'): Promise<Outcome>;
  close(): Promise<void>;
}

/** The coordinator has enough to do and said so. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Whether an answer of this status says that there is too much to do at the moment. */
export function isRefusal(status: number): boolean {
  return status === 429 || status === 503;
}
