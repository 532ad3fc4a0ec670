import type { BranchCommand } from './branch-command.js';
import type { TimeLimitPassed } from './sql-failures.js';

/** A handler threw, or gave what it must not give. */
export class HandlerFailed extends Error {
  override readonly name = 'HandlerFailed';

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** A call of a handler, or the claim of a group's branches, took longer than the resource's limit. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';

  /** @param culprit whose call it was, where it was a call for one branch. */
  constructor(
    readonly code: 'HANDLER_TIMEOUT' | 'FENCE_TIMEOUT',
    cause: TimeLimitPassed,
    readonly culprit?: BranchCommand,
  ) {
    super(cause.message, { cause });
  }
}
