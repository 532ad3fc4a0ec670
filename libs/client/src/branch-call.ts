import type { BranchDefinition, InputGiven } from '@holdfast/protocol';

/** One branch of a declared transaction; made by `branch`. */
export interface BranchCall {
  readonly definition: BranchDefinition;
  readonly input: unknown;
  readonly branchId: string | undefined;
}

/** Which branch of which transaction: what a service needs to register its branch when it is called directly. */
export interface BranchRef {
  readonly xid: string;
  readonly branchId: string;
}

export interface BranchOptions {
  /** Its name within the transaction. By default its resource, and from the second on `<resource>-2`, `-3`. */
  readonly branchId?: string;
}

/** A branch for `tcc.run(options, [branch(ReserveStock, {...}), ...])`. */
export function branch<B extends BranchDefinition>(
  definition: B,
  input: InputGiven<B>,
  options: BranchOptions = {},
): BranchCall {
  return { definition, input, branchId: options.branchId };
}
