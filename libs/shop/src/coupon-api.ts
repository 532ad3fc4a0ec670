import { z } from 'zod';
import { page } from './page.js';
import { BasketAmount, CouponCode, CustomerId, Day } from './values.js';

export const Coupon = z
  .strictObject({
    couponCode: CouponCode,
    /** The first and the last day on which it can be used, both included, in UTC. */
    validFrom: Day,
    validTo: Day,
    /** The least that a basket must come to before the coupon. */
    minimumMinor: BasketAmount,
  })
  .refine(({ validFrom, validTo }) => validFrom <= validTo, {
    path: ['validTo'],
    error: 'must not be before validFrom',
  });
export type Coupon = z.infer<typeof Coupon>;

/** `PUT /v1/coupons` */
export const CouponPage = page(Coupon, ({ couponCode }) => couponCode);
export type CouponPage = z.infer<typeof CouponPage>;

/** `PUT /v1/grants`: who may use which coupon, once. What was granted before stays as it is. */
export const GrantPage = page(
  z.strictObject({ couponCode: CouponCode, customerId: CustomerId }),
  ({ couponCode, customerId }) => `${couponCode} of ${customerId}`,
);
export type GrantPage = z.infer<typeof GrantPage>;

export const GrantState = z.enum(['free', 'locked', 'used']);
export type GrantState = z.infer<typeof GrantState>;

/** `GET /v1/coupons/{couponCode}` */
export type CouponView = Coupon & { readonly grants: Readonly<Record<GrantState, number>> };

/** `GET /v1/coupons/{couponCode}/grants/{customerId}` */
export interface GrantView {
  readonly couponCode: string;
  readonly customerId: string;
  readonly state: GrantState;
  /** The transaction that locked or used it. */
  readonly xid: string | null;
}
