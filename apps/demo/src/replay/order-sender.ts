import { IDEMPOTENCY_KEY_HEADER, Problem } from '@holdfast/protocol';
import { OrderAnswer, type CheckoutMode } from '@holdfast/shop';
import { until } from '@holdfast/testing';

import type { PlannedOrder } from '../shop/planned-order.js';
import type { HttpCalls } from './http-calls.js';
import type { ReplayAnswer } from './replay-answers.js';

/** From the first call to the last one for the same order. A process that is started again needs some seconds. */
const OUTCOME_MS_MAX = 180_000;
const PAUSE_MS = 250;

type Told = Pick<ReplayAnswer, 'orderNo' | 'status' | 'reason' | 'xid'>;

/** Places orders with the order service. */
export class OrderSender {
  constructor(
    private readonly url: string,
    private readonly mode: CheckoutMode,
    private readonly http: HttpCalls,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Places an order and repeats that, with the same key, until its outcome is known: what was not answered, or is still
   * processed, may have been done. Never rejects; `unknown` is an answer, too.
   */
  async place({ orderKey, request }: PlannedOrder): Promise<ReplayAnswer> {
    const history: string[] = [];
    let told: Told = { orderNo: null, status: 'unknown', reason: null, xid: null };
    const call = async (): Promise<boolean> => {
      if (this.signal.aborted) return true;
      try {
        const answer = await this.http.call({
          method: 'POST',
          url: `${this.url}/v1/orders`,
          headers: { [IDEMPOTENCY_KEY_HEADER]: orderKey },
          body: { ...request, mode: this.mode },
        });
        history.push(String(answer.status));
        told = { ...told, ...toldBy(answer.status, answer.body) };
      } catch (error) {
        history.push(codeOf(error));
        told = { ...told, reason: { code: codeOf(error), message: (error as Error).message } };
      }
      // A decision that the order service learnt by its branch alone has no reason yet.
      return told.status === 'closed' ? told.reason !== null : told.status !== 'unknown';
    };
    const options = { what: `the outcome of ${orderKey}`, timeoutMs: OUTCOME_MS_MAX, intervalMs: PAUSE_MS };
    await until(call, options).catch(() => undefined); // Time is over: it stays unknown.
    return { orderKey, ...told, history };
  }
}

/** What an answer says; one that may change says only what is known by now. */
function toldBy(status: number, body: unknown): Partial<Told> {
  if (status === 201 || status === 202) {
    const { status: orderStatus, ...answer } = OrderAnswer.parse(body);
    return orderStatus === 'processing' ? answer : { ...answer, status: orderStatus };
  }
  const { code, detail } = Problem.parse(body);
  return { reason: { code, message: detail }, ...(status < 500 && { status: 'rejected' as const }) };
}

function codeOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name;
}
