import { Inject, Injectable, Optional } from '@nestjs/common';
import {
  OutcomeUnknown,
  TccClient,
  branch,
  type InputGiven,
  type Outcome,
  type RunOptions,
} from '@holdfast/client';
import {
  CreateOrder,
  FreezePayment,
  LockCoupon,
  ReserveStock,
  type CheckoutMode,
  type PlaceOrder,
} from '@holdfast/shop';
import type { Checkout } from './checkout-book.js';
import { PaymentDesk } from './payment-desk.js';
import { ORDER_SETTINGS, type OrderSettings } from './settings.js';

/** What each branch of a checkout is asked for; without a coupon there is no such branch. */
interface CheckoutInputs {
  readonly order: InputGiven<typeof CreateOrder>;
  readonly stock: InputGiven<typeof ReserveStock>;
  readonly coupon: InputGiven<typeof LockCoupon> | undefined;
  readonly payment: InputGiven<typeof FreezePayment>;
}

/** Runs checkouts as global transactions, by one of three ways into the coordinator. All come to the same. */
@Injectable()
export class CheckoutRunner {
  constructor(
    private readonly tcc: TccClient,
    @Inject(ORDER_SETTINGS) private readonly settings: OrderSettings,
    @Optional() private readonly paymentDesk?: PaymentDesk,
  ) {}

  /**
   * Runs the checkout and resolves to its durable outcome. A checkout that has run already is not run again.
   * @throws OutcomeUnknown when the outcome could not be learnt in time.
   * @throws ProblemError if the coordinator would not begin it.
   */
  async run(checkout: Checkout, request: PlaceOrder): Promise<Outcome> {
    const { orderNo } = checkout;
    const options: RunOptions = {
      name: 'checkout',
      reference: orderNo,
      // The number is durable before the checkout begins, so a repeat after a crash is the same transaction.
      idempotencyKey: `order-${orderNo}`,
      timeout: this.settings.CHECKOUT_TIMEOUT,
    };
    const inputs = inputsOf(checkout, request);
    const mode: CheckoutMode = request.mode ?? 'declared';
    return mode === 'declared' ? this.declare(options, inputs) : this.interact(options, inputs, mode);
  }

  private declare(options: RunOptions, { order, stock, coupon, payment }: CheckoutInputs): Promise<Outcome> {
    return this.tcc.run(options, [
      branch(CreateOrder, order),
      branch(ReserveStock, stock),
      ...(coupon ? [branch(LockCoupon, coupon)] : []),
      branch(FreezePayment, payment),
    ]);
  }

  /** Branch by branch: first the order itself, then the others side by side. */
  private async interact(
    options: RunOptions,
    { order, stock, coupon, payment }: CheckoutInputs,
    mode: 'interactive' | 'registered',
  ): Promise<Outcome> {
    let xid: string | undefined;
    try {
      return await this.tcc.run(options, async (t) => {
        xid = t.xid;
        await t.try(CreateOrder, order);
        await Promise.all([
          t.try(ReserveStock, stock),
          coupon && t.try(LockCoupon, coupon),
          mode === 'registered'
            ? this.desk().freeze(t.delegate(FreezePayment), payment)
            : t.try(FreezePayment, payment),
        ]);
      });
    } catch (error) {
      if (xid === undefined) throw error;
      // Whatever went wrong on the way: if the transaction is decided that is the answer, else it is not known yet.
      const outcome = await this.tcc.outcomeOf(xid);
      if (outcome) return outcome;
      throw new OutcomeUnknown('The checkout is undecided', options.idempotencyKey ?? null, xid, {
        cause: error,
      });
    }
  }

  private desk(): PaymentDesk {
    if (!this.paymentDesk) throw new Error('The mode "registered" needs PAYMENT_URL');
    return this.paymentDesk;
  }
}

function inputsOf({ orderNo, orderedAt }: Checkout, request: PlaceOrder): CheckoutInputs {
  const { customerId, currency, items, couponCode, address } = request;
  const amountMinor = items.reduce((sum, item) => sum + item.amountMinor, 0);
  const discountMinor = items.reduce((sum, item) => sum + item.discountMinor, 0);
  const basketMinor = amountMinor + discountMinor;
  const withCoupon = couponCode === undefined ? {} : { couponCode };
  return {
    order: { orderNo, customerId, currency, lines: items, ...withCoupon, address, orderedAt },
    stock: { lines: items.map(({ sku, quantity }) => ({ sku, quantity })) },
    coupon:
      couponCode === undefined
        ? undefined
        : { couponCode, customerId, basketMinor, discountMinor, orderedAt },
    payment: { customerId, currency, amountMinor },
  };
}
