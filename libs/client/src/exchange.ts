import { Problem } from '@holdfast/protocol';
import type { Clock } from './clock.js';
import { OutcomeUnknown, ProblemError } from './errors.js';
import { ConnectionLost } from './http-channel.js';
import type { HttpAnswer } from './http-channel.js';
import { Unanswered, repeated } from './repetition.js';
import type { Attempt } from './repetition.js';

/** The longest single wait. A connection that died unnoticed is noticed this much and `ANSWER_MS` later. */
const WAIT_MS_MAX = 10_000;
/** What the coordinator may take to answer a request that does not wait. */
const ANSWER_MS = 10_000;
/** Beyond the caller's limit, so that the answer to the last wait still gets through. */
const LAST_ANSWER_MS = 1_000;

/** Whoever answers this has turned the request away before he acted upon it. */
const TOO_MANY_REQUESTS = 429;

/** What a call is about, for whoever is told that its outcome is unknown, and how long it goes on. */
export interface Errand {
  readonly idempotencyKey: string | null;
  readonly xid: string | null;
  readonly limitMs: number;
  /** Whether what is turned down for now is told at once instead of repeated. */
  readonly throwsBusy?: boolean;
}

/** One call to the coordinator. All of them may be repeated: the coordinator knows a repeat by key, xid and branchId. */
export interface Call<T> {
  /** Whether it begins a transaction. */
  readonly begins?: boolean;
  /** What to wait for; where nothing is named the coordinator answers at once. */
  readonly wait?: 'tried' | 'decided' | 'ended' | undefined;
  /**
   * Sends it once.
   * @param timeout how long the coordinator may wait for it, as a duration.
   * @param answerMsMax how long to wait for the answer.
   * @throws ConnectionLost if none came.
   */
  send(timeout: string, answerMsMax: number): Promise<HttpAnswer>;
  /** Throws if the answer is not what it should be. */
  read(answer: HttpAnswer): T;
  settled(answer: T): boolean;
}

/**
 * Makes a call until its answer is settled.
 * @returns the settled answer, or the last unsettled one if the limit has passed.
 * @throws ProblemError if the coordinator turned it down.
 * @throws OutcomeUnknown if there was no answer.
 */
export async function exchange<T>(clock: Clock, errand: Errand, call: Call<T>): Promise<T> {
  let lostOnTheWay = false;
  try {
    return await repeated(clock, errand.limitMs, async (leftMs) => {
      const result = await attempt(errand, call, leftMs);
      if ('lost' in result) lostOnTheWay ||= mayBeActedUpon(result.lost);
      return result;
    });
  } catch (error) {
    if (call.begins && !lostOnTheWay && error instanceof Unanswered && error.cause instanceof ProblemError)
      throw error.cause.givenUpAfter(error.attempts);
    if (error instanceof Unanswered) throw unknown(errand, error.message, error.cause);
    // A lost attempt may have begun what a later one is refused; only the key of another body rules that out.
    if (
      call.begins &&
      lostOnTheWay &&
      error instanceof ProblemError &&
      error.code !== 'IDEMPOTENCY_KEY_REUSED'
    ) {
      throw unknown(errand, 'a repeat of a lost request was turned down', error);
    }
    throw error;
  }
}

async function attempt<T>(errand: Errand, call: Call<T>, leftMs: number): Promise<Attempt<T>> {
  const waitMs = call.wait ? Math.floor(Math.min(WAIT_MS_MAX, leftMs)) : 0;
  const answerMsMax = Math.min(waitMs + ANSWER_MS, Math.ceil(leftMs) + LAST_ANSWER_MS);
  let answer: HttpAnswer;
  try {
    answer = await call.send(`${waitMs}ms`, answerMsMax);
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    if (error.closed) throw new Unanswered('the client was closed', 1, { cause: error });
    return { settled: false, lost: error };
  }
  if (answer.status >= 300) {
    const { status, retryAfter } = answer;
    const problem = new ProblemError(readProblem(answer), retryAfter);
    if (errand.throwsBusy && status === TOO_MANY_REQUESTS) throw problem;
    if (isPassing(status)) {
      return {
        settled: false,
        lost: problem,
        ...(retryAfter !== undefined && { retryAfterMs: retryAfter * 1_000 }),
      };
    }
    throw problem;
  }
  try {
    const read = call.read(answer);
    return { settled: call.settled(read), answer: read };
  } catch (error) {
    // Foreign or garbled: as good as no answer.
    return { settled: false, lost: new Error('the answer is unreadable', { cause: error }) };
  }
}

/** Whether a request without a proper answer may have been acted upon. */
function mayBeActedUpon(lost: Error): boolean {
  if (lost instanceof ProblemError) return lost.status !== TOO_MANY_REQUESTS;
  return !(lost instanceof ConnectionLost && lost.neverSent);
}

/** What may go well the next time; it says nothing about whether the request was acted upon. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === TOO_MANY_REQUESTS;
}

function readProblem({
  status,
  body,
}: HttpAnswer): Pick<Problem, 'code' | 'status' | 'title' | 'detail' | 'errors'> {
  try {
    return Problem.parse(body);
  } catch {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const detail = `The answer is no problem of a coordinator's: ${text.slice(0, 200)}`;
    return { code: `HTTP_${status}`, status, title: 'Unexpected answer', detail };
  }
}

/** The error for whoever can't be told what became of a transaction. */
export function unknown(errand: Errand, why: string, cause?: unknown): OutcomeUnknown {
  const { xid, idempotencyKey } = errand;
  const what = xid ? `transaction ${xid}` : `the transaction with key ${idempotencyKey}`;
  const because = cause instanceof Error ? `${why} (${cause.message})` : why;
  return new OutcomeUnknown(`What became of ${what} is unknown: ${because}`, idempotencyKey, xid, { cause });
}
