/**
 * A shop as the replay knows it: what was for sale, who bought what and when, and which coupons they used.
 *
 * Amounts are whole minor units (pence) as numbers: of at most `ROWS_MAX` amounts, none above 10^9, every sum stays
 * below 2^53. Times are ISO 8601 to the second with `Z`, so that they sort as text; days are `YYYY-MM-DD`, in UTC.
 */
export interface Shop {
  readonly products: readonly Product[];
  readonly customers: readonly Customer[];
  readonly coupons: readonly Coupon[];
  readonly grants: readonly CouponGrant[];
  /** In order of time, then of id. */
  readonly baskets: readonly Basket[];
  readonly redemptions: readonly CouponRedemption[];
  readonly cancellations: readonly Cancellation[];
}

export interface Product {
  readonly productId: string;
  readonly name: string;
  readonly category: string;
  /** Pieces in a pack. */
  readonly packageSize: number;
  /** List price. */
  readonly unitPriceMinor: number;
}

export interface Customer {
  readonly customerId: string;
  readonly country: string;
}

/** Takes effect on lines of its category; each customer with a grant of its campaign can use it once. */
export interface Coupon {
  readonly couponId: string;
  readonly campaignId: string;
  readonly category: string;
  /** Least basket total before the coupon. */
  readonly minimumMinor: number;
  /** First and last day, both included. */
  readonly validFrom: string;
  readonly validTo: string;
}

interface CouponGrant {
  readonly campaignId: string;
  readonly customerId: string;
}

export interface Basket {
  readonly basketId: string;
  readonly customerId: string;
  readonly orderedAt: string;
  /** The coupon that was redeemed with this basket. */
  readonly couponId?: string;
  /** In order of position. The same product may stand in several lines, at several prices. */
  readonly lines: readonly BasketLine[];
}

export interface BasketLine {
  /** Position in the basket, from 1. */
  readonly line: number;
  readonly productId: string;
  readonly quantity: number;
  /** What was paid for the whole line, after the coupon. */
  readonly paidMinor: number;
  /** What the coupon took off the whole line. */
  readonly discountMinor: number;
}

export interface CouponRedemption {
  readonly couponId: string;
  readonly customerId: string;
  readonly basketId: string;
  readonly redeemedAt: string;
  readonly discountMinor: number;
}

/** One line of a cancellation; lines with the same `cancellationId` are one document. */
export interface Cancellation {
  readonly cancellationId: string;
  readonly basketId: string;
  readonly customerId: string;
  readonly cancelledAt: string;
  readonly productId: string;
  readonly quantity: number;
  /** What was paid back. */
  readonly amountMinor: number;
}

/** All amounts of a shop are in this currency. */
export const SHOP_CURRENCY = 'GBP';
/** Rows of one of a shop's files. */
export const ROWS_MAX = 1_000_000;
export const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** What a basket costs before its coupon, and what the coupon takes off. */
export function basketAmounts(basket: { lines: readonly BasketLine[] }): {
  totalMinor: number;
  discountMinor: number;
} {
  let totalMinor = 0;
  let discountMinor = 0;
  for (const line of basket.lines) {
    totalMinor += line.paidMinor + line.discountMinor;
    discountMinor += line.discountMinor;
  }
  return { totalMinor, discountMinor };
}

/** Orders texts by their code units, as everything here is sorted: the same on every machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Whether a coupon can be used at a time: its days count in UTC, both included. */
export function isInPeriod(coupon: Coupon, at: string): boolean {
  const day = dayOf(at);
  return coupon.validFrom <= day && day <= coupon.validTo;
}

/** The time of so many milliseconds since 1970, which are whole seconds. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** The UTC day of a time. */
export function dayOf(at: string): string {
  return at.slice(0, 'YYYY-MM-DD'.length);
}
