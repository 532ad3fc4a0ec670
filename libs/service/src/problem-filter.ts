import { STATUS_CODES } from 'node:http';
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { problem, problemOf, type Problem, type ProblemCode } from '@holdfast/protocol';
import type { FastifyReply } from 'fastify';
import { isDatabaseAway } from './database-away.js';
import { HttpProblem } from './http-problem.js';

/** What Nest and Fastify refuse by themselves, before a controller is reached. */
const CODE_OF_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'MALFORMED_REQUEST',
  404: 'NOT_FOUND',
  413: 'REQUEST_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

const logger = new Logger('Http');

/** Answers every error as an RFC 9457 problem. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const answer = problemFor(error);
    // Nothing can be said any more once an answer is under way.
    if (reply.sent) return;
    if (error instanceof HttpProblem && error.retryAfterSeconds !== undefined)
      void reply.header('retry-after', String(error.retryAfterSeconds));
    void reply.status(answer.status).header('content-type', 'application/problem+json').send(answer);
  }
}

/** What a requester is told of an error. What is unforeseen is logged, and told to nobody. */
export function problemFor(error: unknown): Problem {
  if (error instanceof HttpProblem) return error.problem;
  if (error instanceof HttpException) return refusedByFramework(error);
  if (isDatabaseAway(error)) {
    logger.warn(`The database is away: ${(error as Error).message}`);
    return problem('UNAVAILABLE', 'The database does not answer. Try again in a moment.');
  }
  logger.error(error instanceof Error ? (error.stack ?? error.message) : error);
  return problem('INTERNAL', 'The service failed; its log says why.');
}

function refusedByFramework(error: HttpException): Problem {
  const status = error.getStatus();
  const code = CODE_OF_STATUS[status];
  if (code) return problem(code, error.message);
  return problemOf(`HTTP_${status}`, { status, title: STATUS_CODES[status] ?? 'Error' }, error.message);
}
