import type { Input } from '@holdfast/participant';
import type { GrantState, LockCoupon, RefusalCode } from '@holdfast/shop';

/** A coupon as a customer holds it. Days are `YYYY-MM-DD`, so they compare as text. */
export interface HeldCoupon {
  readonly validFrom: string;
  /** The last day, included. */
  readonly validTo: string;
  readonly minimumMinor: number;
  /** Null where the customer was not given it. */
  readonly state: GrantState | null;
}

export interface CouponObjection {
  readonly code: RefusalCode;
  readonly message: string;
}

/** Why a customer can't use a coupon for a checkout; undefined if nothing stands against it. */
export function objectionTo(
  wanted: Input<typeof LockCoupon>,
  coupon: HeldCoupon | undefined,
): CouponObjection | undefined {
  const { couponCode, customerId, basketMinor } = wanted;
  const day = new Date(wanted.orderedAt).toISOString().slice(0, 'YYYY-MM-DD'.length);
  if (!coupon) return { code: 'COUPON_UNKNOWN', message: `There is no coupon ${couponCode}` };
  const { validFrom, validTo, minimumMinor, state } = coupon;
  if (state === null)
    return { code: 'COUPON_NOT_GRANTED', message: `${customerId} was not given ${couponCode}` };
  if (day < validFrom)
    return { code: 'COUPON_NOT_STARTED', message: `${couponCode} starts on ${validFrom}, after ${day}` };
  if (day > validTo)
    return { code: 'COUPON_EXPIRED', message: `${couponCode} ended on ${validTo}, before ${day}` };
  if (basketMinor < minimumMinor)
    return {
      code: 'COUPON_MINIMUM_NOT_MET',
      message: `${couponCode} needs a basket of ${minimumMinor}, this one has ${basketMinor}`,
    };
  if (state === 'used') return { code: 'COUPON_USED', message: `${customerId} has used ${couponCode}` };
  if (state === 'locked')
    return { code: 'COUPON_LOCKED', message: `Another checkout of ${customerId} holds ${couponCode}` };
  return undefined;
}
