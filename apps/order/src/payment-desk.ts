import { setTimeout as pause } from 'node:timers/promises';
import { BranchRefused, type BranchRef, type Input } from '@holdfast/client';
import { FreezeAnswer, type FreezePayment, type FreezeRequest } from '@holdfast/shop';

const ATTEMPTS_MAX = 5;
const FIRST_PAUSE_MS = 200;
const REQUEST_MS_MAX = 10_000;

/** The payment service said that the request itself is at fault, or too late: asking again would change nothing. */
class TurnedDown extends Error {}

/** The payment service, called directly: it registers its branch of the checkout by itself. */
export class PaymentDesk {
  constructor(private readonly url: string) {}

  /**
   * Freezes a payment. What got no answer is asked again, since a repeated call is the same branch.
   * @throws BranchRefused if the payment service said no.
   * @throws Error if it turned it down, or gave no answer: the payment may be frozen, so the checkout has to be cancelled.
   */
  async freeze(ref: BranchRef, input: Input<typeof FreezePayment>): Promise<void> {
    const answer = await this.ask({ ...ref, input });
    if (answer.outcome === 'refused') throw new BranchRefused(ref.branchId, answer.code, answer.message);
  }

  private async ask(request: FreezeRequest): Promise<FreezeAnswer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.askOnce(request);
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || error instanceof TurnedDown) throw error;
        await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
      }
    }
  }

  private async askOnce(request: FreezeRequest): Promise<FreezeAnswer> {
    const response = await fetch(new URL('/v1/freezes', this.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(REQUEST_MS_MAX),
    });
    const body = await response.text();
    if (response.ok) return FreezeAnswer.parse(JSON.parse(body));
    const message = `The payment service answered ${response.status}: ${body}`;
    throw response.status < 500 ? new TurnedDown(message) : new Error(message);
  }
}
