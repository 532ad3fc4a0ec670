import { z } from 'zod';

/** Ids travel in URLs and in keys, so they are plain. */
const plainId = (what: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, `a ${what} has 1 to 64 letters, digits, ".", "_" or "-"`);

export const Sku = plainId('SKU');
export const CustomerId = plainId('customerId');
export const CouponCode = plainId('couponCode');
/** ISO 4217. */
export const Currency = z.string().regex(/^[A-Z]{3}$/, 'a currency has three capital letters, such as GBP');

/** Lines of one order. */
export const LINES_MAX = 500;
/** Pieces of one line, and of one SKU in stock. */
export const QUANTITY_MAX = 1_000_000;
const STOCK_MAX = 1_000_000_000;
/** Ten million of a currency with cents: one price, line or discount. With `LINES_MAX` of them sums stay exact. */
export const AMOUNT_MINOR_MAX = 1_000_000_000;
/** Rows of one page of a bulk load. */
export const PAGE_ROWS_MAX = 5_000;

const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int(error).min(min, error).max(max, error);
};

export const Quantity = whole(1, QUANTITY_MAX);
export const StockCount = whole(0, STOCK_MAX);
/** Whole minor units (pence) of one line. */
export const LineAmount = whole(1, AMOUNT_MINOR_MAX);
export const DiscountAmount = whole(0, AMOUNT_MINOR_MAX);
/** The sum of an order's lines, before or after the coupon. */
export const BasketAmount = whole(0, 2 * LINES_MAX * AMOUNT_MINOR_MAX);

/**
 * Whole minor units as JSON has them: a safe integer, or digits where a number would not be exact. 16 digits leave a
 * bigint room for sums.
 */
const minorUnits = (pattern: RegExp, min: number, error: string) =>
  z.union([z.int().min(min), z.string().regex(pattern)], error);

export const Amount = minorUnits(
  /^[1-9]\d{0,15}$/,
  1,
  'must be a whole number above 0, of 16 digits at most, as a number or as text',
);
export const Balance = minorUnits(
  /^(0|[1-9]\d{0,15})$/,
  0,
  'must be a whole number from 0, of 16 digits at most, as a number or as text',
);

/** A moment in UTC, such as `2011-08-01T08:30:00Z`. */
export const Moment = z.iso.datetime({
  error: 'must be a time in UTC, such as 2011-08-01T08:30:00Z',
  // What is no time is not asked for more.
  abort: true,
});
/** A day, such as `2011-08-01`. */
export const Day = z.iso.date('must be a day, such as 2011-08-01');

/** Text of an address. */
const addressText = z
  .string()
  .regex(
    /^(?!\s)\P{Cc}{1,200}(?<!\s)$/u,
    'must be 1 to 200 characters, without control characters, and without space at the ends',
  );

export const Address = z.strictObject({
  line1: addressText,
  line2: addressText.optional(),
  city: addressText,
  postcode: addressText.optional(),
  country: addressText,
});
export type Address = z.infer<typeof Address>;
