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
  readonly title: string;
  readonly detail: string;
  /** When it may go well, where it was turned down for now (429). */
  readonly retryAfterSeconds: number | undefined;
  /** The fields at fault, by JSON pointer. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];

  constructor(
    problem: Pick<Problem, 'code' | 'status' | 'title' | 'detail' | 'errors'>,
    retryAfterSeconds?: number,
  ) {
    super(`${problem.title} (${problem.code}): ${problem.detail}`);
    this.code = problem.code;
    this.status = problem.status;
    this.title = problem.title;
    this.detail = problem.detail;
    this.retryAfterSeconds = retryAfterSeconds;
    this.errors = problem.errors ?? [];
  }

  /** The same, for whoever is told it after he had repeated what was turned down for now. */
  givenUpAfter(attempts: number): ProblemError {
    const { code, status, title, errors, retryAfterSeconds } = this;
    const detail = `${this.detail} Given up after attempt ${attempts}.`;
    return new ProblemError({ code, status, title, detail, errors: [...errors] }, retryAfterSeconds);
  }
}
