import type { BranchCall } from '@holdfast/client';

/** Makes the branches of one transaction after another. */
export interface Work {
  /**
   * @param n counts the transactions from 0.
   * @throws Error if there is nothing left to work on.
   */
  calls(n: number): readonly BranchCall[];
}
