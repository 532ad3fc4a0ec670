import { problem, problemOf, type Problem, type ProblemCode, type ProblemKind } from '@holdfast/protocol';

/** Thrown by a controller or what it calls: answered as an RFC 9457 problem. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';

  /** @param retryAfterSeconds when it may go well; told in the header `Retry-After`. */
  constructor(
    readonly problem: Problem,
    readonly retryAfterSeconds?: number,
  ) {
    super(`${problem.code}: ${problem.detail}`);
  }

  /** One of the codes that all services share. */
  static of(code: ProblemCode, detail: string, errors?: Problem['errors']): HttpProblem {
    return new HttpProblem(problem(code, detail, errors));
  }

  /** A code of the service's own. */
  static own(code: string, kind: ProblemKind, detail: string, retryAfterSeconds?: number): HttpProblem {
    return new HttpProblem(problemOf(code, kind, detail), retryAfterSeconds);
  }
}
