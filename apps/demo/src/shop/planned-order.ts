import type { PlaceOrder, RefusalCode } from '@holdfast/shop';

/** An order as the replay sends it. */
export interface PlannedOrder {
  /** The idempotency key, unique in the plan. */
  readonly orderKey: string;
  /** The basket that is ordered, or, with an extra coupon use, ordered once more. */
  readonly basketId: string;
  readonly request: PlannedRequest;
  readonly marks: readonly Mark[];
  readonly expected: Expectation;
  /** Sent only after the order with this key, which stands earlier in the plan, has ended in every service. */
  readonly after?: string;
}

/** The body of `POST /v1/orders`, but for the mode. */
export type PlannedRequest = Omit<PlaceOrder, 'mode' | 'orderedAt'> & { readonly orderedAt: string };

/**
 * Why an order stands out:
 * - `SECOND_TAP`: it is sent twice at once with the same key, and is one order all the same.
 * - `DOUBLE_ORDER`: within the hour before, the customer ordered at least half of the same articles. Both are orders.
 * - `EXTRA_COUPON_USE`: it is no basket of the shop but a copy of one, with a coupon that can't be used.
 * - `COUPON_RACE`: one of two such copies, neighbours in the plan, with a coupon that only one of them can use. Sent
 *   at the same moment, one is mostly refused because the other holds the coupon.
 */
export type Mark = 'SECOND_TAP' | 'DOUBLE_ORDER' | 'EXTRA_COUPON_USE' | 'COUPON_RACE';

/** The refusals that some orders are certain to meet. */
export const PLANNED_REFUSALS = [
  'OUT_OF_STOCK',
  'INSUFFICIENT_FUNDS',
  'ACCOUNT_UNKNOWN',
  'COUPON_UNKNOWN',
  'COUPON_NOT_GRANTED',
  'COUPON_NOT_STARTED',
  'COUPON_EXPIRED',
  'COUPON_MINIMUM_NOT_MET',
  'COUPON_USED',
] as const satisfies readonly RefusalCode[];
export type PlannedRefusal = (typeof PLANNED_REFUSALS)[number];

/**
 * How an order ends, in whatever order the orders are worked on, as long as none runs out of time. `OPEN`: it
 * competes for something scarce, and is confirmed or refused according to who comes first.
 */
export type Expectation = 'CONFIRMED' | 'OPEN' | PlannedRefusal;

/** What an order costs before its coupon, and what is to be paid. */
export function orderAmounts({ items }: PlannedRequest): { totalMinor: number; payableMinor: number } {
  let totalMinor = 0;
  let payableMinor = 0;
  for (const { amountMinor, discountMinor } of items) {
    totalMinor += amountMinor + discountMinor;
    payableMinor += amountMinor;
  }
  return { totalMinor, payableMinor };
}
