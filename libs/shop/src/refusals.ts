/** Every code with which a service of the shop says no to a Try, and what it means. */
export const REFUSALS = {
  OUT_OF_STOCK: 'Less is available of a SKU than the checkout wants; the message names the SKUs.',
  COUPON_UNKNOWN: 'There is no such coupon.',
  COUPON_NOT_GRANTED: 'The customer was not given this coupon.',
  COUPON_NOT_STARTED: 'The order is from before the first day of the coupon.',
  COUPON_EXPIRED: 'The order is from after the last day of the coupon.',
  COUPON_MINIMUM_NOT_MET: 'The basket is below the minimum amount of the coupon.',
  COUPON_USED: 'The customer has used the coupon.',
  COUPON_LOCKED: 'Another checkout of the customer, not decided yet, holds the coupon.',
  INSUFFICIENT_FUNDS: 'The wallet has less available than is to be paid.',
  ACCOUNT_UNKNOWN: 'The customer has no wallet in this currency.',
  ORDER_NUMBER_TAKEN:
    'Another transaction has created an order of this number; the order service never does this.',
} as const satisfies Record<string, string>;
export type RefusalCode = keyof typeof REFUSALS;
