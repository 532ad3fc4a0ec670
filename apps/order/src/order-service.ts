import { Injectable, Logger } from '@nestjs/common';
import { OutcomeUnknown, ProblemError, TccClient } from '@holdfast/client';
import { HttpProblem, isDatabaseAway } from '@holdfast/service';
import type { OrderAnswer, OrderView, PlaceOrder } from '@holdfast/shop';
import { CheckoutBook, type Checkout, type Decision } from './checkout-book.js';
import { CheckoutRunner } from './checkout-runner.js';
import { OrderBook, type KnownOrder } from './order-book.js';

/** How long somebody who looks at an order waits for what the coordinator knows of it. */
const LOOK_MAX = '2s';
const TOO_MANY_REQUESTS = 429;

/** Takes orders and tells what became of them: always the durable decision, or that it is not known. */
@Injectable()
export class OrderService {
  private readonly logger = new Logger('Orders');

  constructor(
    private readonly checkouts: CheckoutBook,
    private readonly runner: CheckoutRunner,
    private readonly orders: OrderBook,
    private readonly tcc: TccClient,
  ) {}

  /** @param idempotencyKey two orders with one key are one; null where the customer gave none. */
  async place(
    request: PlaceOrder,
    idempotencyKey: string | null,
  ): Promise<{ answer: OrderAnswer; repeated: boolean }> {
    const checkout = await this.checkouts.open(request, idempotencyKey);
    const { orderNo, repeated } = checkout;
    const known = repeated ? await this.orders.find(orderNo) : undefined;
    if (known?.decision) return { answer: answerOf(await this.complete(known)), repeated };
    return { answer: await this.checkOut(checkout, request), repeated };
  }

  async find(orderNo: string): Promise<OrderView | undefined> {
    const known = await this.orders.find(orderNo);
    if (!known) return undefined;
    const complete = await this.complete(known);
    const { customerId, orderedAt, details } = complete;
    return { ...answerOf(complete), customerId, orderedAt, details };
  }

  private async checkOut(checkout: Checkout, request: PlaceOrder): Promise<OrderAnswer> {
    const { orderNo } = checkout;
    try {
      const decision = await this.runner.run(checkout, request);
      await this.note(this.checkouts.decided(orderNo, decision));
      return answerOf({ orderNo, xid: decision.xid, decision });
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'UNKNOWN_RESOURCE') throw notAllThere(error);
      if (error instanceof ProblemError && error.status === TOO_MANY_REQUESTS) throw tooMuch(error);
      if (!(error instanceof OutcomeUnknown)) throw error;
      if (error.xid) await this.note(this.checkouts.begun(orderNo, error.xid));
      return answerOf({ orderNo, xid: error.xid, decision: null });
    }
  }

  /**
   * Adds what only the coordinator knows: the decision, if this service died before it learned it, or the reason, if
   * it learned of the end by its branch alone. It is kept, so it is asked once.
   */
  private async complete(known: KnownOrder): Promise<KnownOrder> {
    const { orderNo, xid, decision } = known;
    const isComplete = decision !== null && (decision.outcome === 'confirmed' || decision.reason !== null);
    if (isComplete || xid === null) return known;
    const learned = await this.ask(xid);
    if (!learned) return known;
    await this.note(this.checkouts.decided(orderNo, learned));
    return { ...known, decision: learned };
  }

  /** The decision stands with the coordinator: what can't be noted here is still true, and can be asked for again. */
  private async note(written: Promise<void>): Promise<void> {
    try {
      await written;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      this.logger.warn(`A decision was not noted: ${String(error)}`);
    }
  }

  private async ask(xid: string): Promise<Decision | null> {
    try {
      return await this.tcc.outcomeOf(xid, { giveUpAfter: LOOK_MAX });
    } catch (error) {
      // Away, or the transaction is older than the coordinator's memory: what is known here has to do.
      if (error instanceof OutcomeUnknown || error instanceof ProblemError) return null;
      throw error;
    }
  }
}

function answerOf({ orderNo, xid, decision }: Pick<KnownOrder, 'orderNo' | 'xid' | 'decision'>): OrderAnswer {
  if (!decision) return { orderNo, status: 'processing', reason: null, xid };
  if (decision.outcome === 'confirmed') return { orderNo, status: 'paid', reason: null, xid };
  const { reason } = decision;
  return {
    orderNo,
    status: 'closed',
    reason: reason && { code: reason.code, message: reason.message },
    xid,
  };
}

function tooMuch({ detail, retryAfterSeconds }: ProblemError): HttpProblem {
  const kind = { status: 503, title: 'There is too much to do for a checkout at the moment' };
  return HttpProblem.own('CHECKOUT_BUSY', kind, detail, retryAfterSeconds);
}

function notAllThere(error: ProblemError): HttpProblem {
  return HttpProblem.own(
    'CHECKOUT_UNAVAILABLE',
    { status: 503, title: 'A service that checkouts need is not there yet' },
    error.detail,
  );
}
