/** Everything that the audit can find, and what it means. */
export const FINDINGS = {
  NEGATIVE_STOCK: 'Less than nothing of a SKU is available, frozen or sold.',
  FROZEN_STOCK: 'Pieces of a SKU are still frozen.',
  STOCK_NOT_CONSERVED: 'Available, frozen and sold of a SKU are not what it began with.',
  STOCK_DIFFERS_FROM_RESERVATIONS: 'Frozen or sold of a SKU is not the sum of its reservations.',
  OPEN_RESERVATION: 'A reservation is neither sold nor released.',
  NEGATIVE_MONEY: 'Less than nothing is available or frozen in a wallet.',
  FROZEN_MONEY: 'Money in a wallet is still frozen.',
  MONEY_NOT_CONSERVED: 'What is available, frozen and was paid from a wallet is not what it began with.',
  WALLET_DIFFERS_FROM_JOURNAL: 'A wallet is not the sum of what the journal books on it.',
  JOURNAL_NOT_ZERO: 'The bookings of a movement, or all of a currency, do not add up to zero.',
  COUPONS_NOT_CONSERVED: 'A granted coupon is gone, or there is one that nobody was given.',
  LOCKED_COUPON: 'A coupon is still locked.',
  OPEN_ORDER: 'An order is neither paid nor closed.',
  ORDER_TWICE: 'One request became more than one order, or more than one transaction.',
  ORDER_DIFFERS: 'An order is not what was ordered.',
  STOCK_DISAGREES: 'A paid order did not get exactly its pieces, or a closed one got some.',
  COUPON_DISAGREES: 'A paid order did not use exactly its coupon, or a closed one used one.',
  MONEY_DISAGREES: 'A paid order was not paid once and in full, or a closed one was.',
  ANSWER_DISAGREES: 'What the customer was told is not what stands in the books.',
  ANSWER_MISSING: 'The replay has no answer for a planned order.',
  STRAY_ORDER: 'There is an order that was not placed by the replay.',
  STRAY_EFFECT: 'A transaction that belongs to no order touched stock, a coupon or money.',
} as const satisfies Record<string, string>;
export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  readonly code: FindingCode;
  /** Which SKU, wallet, coupon, order or transaction. */
  readonly subject: string;
  readonly detail: string;
}
