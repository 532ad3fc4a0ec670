import type { Problem } from '@holdfast/protocol';

/**
 * The client gave up before it learned what became of the transaction. It is no failure: the transaction may have
 * been confirmed, or may still be. Repeat the run with the same idempotency key to learn it.
 */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';

  constructor(
    message: string,
    /** The key to repeat with; null where the call does not begin a transaction. */
    readonly idempotencyKey: string | null,
    /** Null if not even the begin was answered. */
    readonly xid: string | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A participant said no to a Try, and the transaction is cancelled for it. Its code is the participant's own. */
export class BranchRefused extends Error {
  override readonly name = 'BranchRefused';

  constructor(
    readonly branchId: string,
    readonly code: string,
    readonly detail: string,
  ) {
    super(`${branchId} refused: ${code}${detail && `: ${detail}`}`);
  }
}

/** The coordinator turned a request down, and changed nothing for it. RFC 9457, with the codes of `PROBLEMS`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** For programs, such as `UNKNOWN_RESOURCE`; `HTTP_<status>` where something before the coordinator answered. */
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  /** The fields at fault, by JSON pointer. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];

  constructor(problem: Pick<Problem, 'code' | 'status' | 'title' | 'detail' | 'errors'>) {
    super(`${problem.title} (${problem.code}): ${problem.detail}`);
    this.code = problem.code;
    this.status = problem.status;
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
  }
}
