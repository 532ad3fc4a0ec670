import type { BranchDefinition, InputGiven, Reservation } from '@holdfast/protocol';
import type { BranchOptions, BranchRef } from './branch-call.js';

/** An open transaction, as the function given to `tcc.run` gets it. */
export interface OpenTransaction {
  readonly xid: string;

  /**
   * Adds a branch, has its participant try it, and resolves to the reservation.
   * @throws BranchRefused if the participant said no. The transaction is then cancelled, whoever catches this.
   * @throws ProblemError if the coordinator turned the branch down; `ALREADY_CANCELLED` if the deadline has passed or
   * another branch was refused.
   * @throws OutcomeUnknown if no answer was to be had.
   */
  try<B extends BranchDefinition>(
    definition: B,
    input: InputGiven<B>,
    options?: BranchOptions,
  ): Promise<Reservation<B>>;

  /**
   * Names a branch that a service called directly will register by itself (`tcc.registerBranch`). Pass the result on
   * with the call. Confirm then insists that this branch stands, too.
   */
  delegate(definition: BranchDefinition, options?: BranchOptions): BranchRef;
}
