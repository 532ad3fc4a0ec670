import { z } from 'zod';

/** An error as RFC 9457 has it, with a code for programs and, where single fields are at fault, their list. */
export const Problem = z
  .object({
    type: z.string().describe('`https://holdfast.dev/problems/<code in lower case>`; a name, not a page.'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What is wrong and what to do.'),
    code: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('The fields at fault, by JSON pointer.'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

/** Every code that the coordinator answers, with its status and title. */
export const PROBLEMS = {
  MALFORMED_REQUEST: { status: 400, title: 'The request is malformed' },
  INVALID_REQUEST: { status: 422, title: 'The request does not fit its schema' },
  UNKNOWN_RESOURCE: { status: 422, title: 'No participant has announced this resource' },
  INVALID_INPUT: { status: 422, title: 'The input does not fit what the participant announced' },
  REQUEST_TOO_LARGE: { status: 413, title: 'The request is too large' },
  INPUT_TOO_LARGE: { status: 422, title: 'The input of a branch is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body is no JSON' },
  UNAUTHENTICATED: { status: 401, title: 'A valid credential is needed' },
  FORBIDDEN: { status: 403, title: 'The credential is not good for this' },
  FOREIGN_REQUEST: { status: 403, title: 'Only this machine is served' },
  TOO_MANY_FAILED_LOGINS: { status: 429, title: 'Too many logins from this address failed' },
  NOT_FOUND: { status: 404, title: 'There is no such route' },
  TRANSACTION_NOT_FOUND: { status: 404, title: 'There is no such transaction' },
  TRANSACTION_FORGOTTEN: { status: 410, title: 'The transaction is older than what is kept' },
  BRANCH_NOT_FOUND: { status: 404, title: 'There is no such branch' },
  IDEMPOTENCY_KEY_REUSED: { status: 409, title: 'The idempotency key was used with another body' },
  ALREADY_CONFIRMED: { status: 409, title: 'The decision is to confirm' },
  ALREADY_CANCELLED: { status: 409, title: 'The decision is to cancel' },
  TRANSACTION_ENDED: { status: 409, title: 'The transaction has ended' },
  TRANSACTION_UNDECIDED: { status: 409, title: 'The transaction is not decided yet' },
  TRANSACTION_PAUSED: { status: 409, title: 'The transaction is paused' },
  BRANCH_NOT_CONTRADICTED: { status: 409, title: 'The branch is not contradicted' },
  BRANCH_STILL_ASKED: { status: 409, title: 'The branch is still asked to follow the decision' },
  BRANCH_SETTLED: { status: 409, title: 'The branch has followed the decision' },
  BRANCH_DIFFERS: { status: 409, title: 'The branchId stands for another branch' },
  BRANCHES_DIFFER: { status: 409, title: 'Other branches stand than the request means' },
  BRANCH_UNANSWERED: { status: 409, title: 'A branch has not answered its Try yet' },
  BRANCH_LIMIT_REACHED: { status: 409, title: 'The transaction holds as many branches as it may' },
  REGISTRATION_CLOSED: { status: 409, title: 'The transaction is only waiting for its time to confirm' },
  TRANSACTION_DECLARED: { status: 409, title: 'A declared transaction takes no further branches' },
  REPORT_NOT_EXPECTED: { status: 409, title: 'The coordinator itself tries this branch' },
  REPORT_DIFFERS: { status: 409, title: 'The branch has answered otherwise' },
  PRECONDITION_REQUIRED: { status: 428, title: 'The request must say which state it means' },
  PRECONDITION_FAILED: { status: 412, title: 'The transaction has changed' },
  PARTICIPANT_NOT_FOUND: { status: 404, title: 'There is no such participant' },
  PARTICIPANT_PAUSED: { status: 409, title: 'A participant is paused' },
  BATCH_NOT_FOUND: { status: 404, title: 'There is no such batch' },
  BATCH_ENDED: { status: 409, title: 'The batch has ended' },
  TOO_MANY_STREAMS: { status: 503, title: 'As many streams are open as may be' },
  SELECTION_TOO_LARGE: { status: 422, title: 'The selection holds more transactions than a batch may' },
  COORDINATOR_BUSY: { status: 429, title: 'The coordinator has enough to do' },
  PARTICIPANT_BUSY: { status: 429, title: 'Enough waits for a participant' },
  UNAVAILABLE: { status: 503, title: 'The service cannot reach what it needs for this' },
  INTERNAL: { status: 500, title: 'Something unforeseen happened' },
} as const satisfies Record<string, { status: number; title: string }>;
export type ProblemCode = keyof typeof PROBLEMS;

/** What all problems of one code have in common. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

export function problem(code: ProblemCode, detail: string, errors?: Problem['errors']): Problem {
  return problemOf(code, PROBLEMS[code], detail, errors);
}

/** A problem with a code of the service's own. */
export function problemOf(
  code: string,
  { status, title }: ProblemKind,
  detail: string,
  errors?: Problem['errors'],
): Problem {
  const type = `https://holdfast.dev/problems/${code.toLowerCase().replaceAll('_', '-')}`;
  return { type, title, status, detail, code, ...(errors && { errors }) };
}
