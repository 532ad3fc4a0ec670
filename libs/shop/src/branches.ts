import { defineBranch } from '@holdfast/protocol';
import { z } from 'zod';
import {
  Address,
  Amount,
  BasketAmount,
  CouponCode,
  Currency,
  CustomerId,
  DiscountAmount,
  LINES_MAX,
  LineAmount,
  Moment,
  Quantity,
  Sku,
} from './values.js';

/** 24 digits; what they mean and check is the order service's matter. */
export const OrderNo = z.string().regex(/^\d{24}$/, 'an order number has 24 digits');

/** What was ordered of one article, at what price. An article may stand in several lines, at several prices. */
export const OrderLine = z.strictObject({
  sku: Sku,
  quantity: Quantity,
  /** What the customer pays for the whole line, after the coupon. */
  amountMinor: LineAmount,
  /** What the coupon took off the whole line. */
  discountMinor: DiscountAmount.default(0),
});
export type OrderLine = z.infer<typeof OrderLine>;

/** The order itself: pending, then paid or closed. */
export const CreateOrder = defineBranch({
  resource: 'order.create',
  participant: 'order',
  input: z.object({
    orderNo: OrderNo,
    customerId: CustomerId,
    currency: Currency,
    lines: z.array(OrderLine).min(1).max(LINES_MAX),
    couponCode: CouponCode.optional(),
    address: Address,
    orderedAt: Moment,
  }),
  reservation: z.object({ orderNo: OrderNo }),
});

/** Stock for all lines of a checkout, or for none. */
export const ReserveStock = defineBranch({
  resource: 'inventory.reserve',
  participant: 'inventory',
  input: z.object({
    lines: z
      .array(z.object({ sku: Sku, quantity: Quantity }))
      .min(1)
      .max(LINES_MAX),
  }),
  /** All pieces together. */
  reservation: z.object({ pieces: z.int() }),
});

/** A customer's coupon, for the one checkout. Only checkouts with a coupon have this branch. */
export const LockCoupon = defineBranch({
  resource: 'coupon.lock',
  participant: 'coupon',
  input: z.object({
    couponCode: CouponCode,
    customerId: CustomerId,
    /** The basket before the coupon: it has to reach the coupon's minimum. */
    basketMinor: BasketAmount,
    discountMinor: BasketAmount,
    /** Its day, in UTC, has to be in the coupon's period. */
    orderedAt: Moment,
  }),
  reservation: z.object({ couponCode: CouponCode, customerId: CustomerId }),
});

/** Money from the customer's wallet. */
export const FreezePayment = defineBranch({
  resource: 'payment.freeze',
  participant: 'payment',
  input: z.object({ customerId: CustomerId, currency: Currency, amountMinor: Amount }),
  reservation: z.object({
    customerId: CustomerId,
    currency: Currency,
    amountMinor: z.string().describe('In digits.'),
  }),
});
