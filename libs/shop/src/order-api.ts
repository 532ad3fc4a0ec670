import { Xid } from '@holdfast/protocol';
import { z } from 'zod';
import { OrderLine, OrderNo } from './branches.js';
import { page } from './page.js';
import { Address, BasketAmount, CouponCode, Currency, CustomerId, LINES_MAX, Moment } from './values.js';

/** Which way into the coordinator a checkout takes. */
export const CheckoutMode = z.enum(['declared', 'interactive', 'registered']);
export type CheckoutMode = z.infer<typeof CheckoutMode>;

/** So much of an order as the rule below reads; it holds or not whatever else is wrong. */
const Discounted = z.object({
  items: z.array(z.object({ discountMinor: z.number().optional() })),
  couponCode: z.string().optional(),
});

/** `POST /v1/orders` */
export const PlaceOrder = z
  .strictObject({
    customerId: CustomerId,
    currency: Currency,
    items: z
      .array(OrderLine)
      .min(1, 'must have an item')
      .max(LINES_MAX, `must have ${LINES_MAX} items at most`),
    couponCode: CouponCode.optional(),
    address: Address,
    /** When it was ordered. Accepted only in replay mode; else it is now. */
    orderedAt: Moment.refine((moment) => /^20/.test(moment), 'must be of the years 2000 to 2099').optional(),
    /** Accepted only in replay mode; else it is declared. */
    mode: CheckoutMode.optional(),
  })
  .refine(
    ({ items, couponCode }) => couponCode !== undefined || items.every((item) => item.discountMinor === 0),
    {
      path: ['couponCode'],
      error: 'must be given, since an item has a discount',
      when: ({ value }) => Discounted.safeParse(value).success,
    },
  );
export type PlaceOrder = z.infer<typeof PlaceOrder>;

/** Paid and closed follow the durable decision; processing means that it is not known here yet. */
const OrderStatus = z.enum(['processing', 'paid', 'closed']);

/** What the customer is told: 201 once it is decided, 202 while it is processing. */
export const OrderAnswer = z.object({
  orderNo: OrderNo,
  status: OrderStatus,
  /** Why it was closed; null as long as that is not known, and for orders that are not closed. */
  reason: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** The global transaction; null while it is not known to have begun. */
  xid: Xid.nullable(),
});
export type OrderAnswer = z.infer<typeof OrderAnswer>;

/** `GET /v1/orders/{orderNo}` */
export const OrderView = OrderAnswer.extend({
  customerId: CustomerId,
  orderedAt: Moment,
  /** Null where the order was closed before its Try arrived. */
  details: z
    .object({
      currency: Currency,
      lines: z.array(OrderLine),
      couponCode: CouponCode.nullable(),
      address: Address,
      totalMinor: BasketAmount,
      discountMinor: BasketAmount,
    })
    .nullable(),
});
export type OrderView = z.infer<typeof OrderView>;

export const Customer = z.strictObject({ customerId: CustomerId, country: Address.shape.country });
export type Customer = z.infer<typeof Customer>;

/** `PUT /v1/customers` */
export const CustomerPage = page(Customer, ({ customerId }) => customerId);
export type CustomerPage = z.infer<typeof CustomerPage>;
