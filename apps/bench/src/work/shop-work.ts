import { randomBytes } from 'node:crypto';
import { branch, type BranchCall } from '@holdfast/client';
import { CreateOrder, FreezePayment, LockCoupon, ReserveStock } from '@holdfast/shop';
import type { Point } from '../point.js';
import { CURRENCY, CUSTOMERS, SKUS, customerOf, skuOf } from './shop-fill.js';
import type { Work } from './work.js';

const ADDRESS = { line1: '1 Bench Street', city: 'London', country: 'United Kingdom' };
const AMOUNT_MINOR = 1_000;

/** Checkouts of one article; with four branches each takes a coupon and is paid. */
export class ShopWork implements Work {
  /** @param coupons codes that every customer has; one is used for each transaction of four branches. */
  constructor(
    private readonly point: Pick<Point, 'branches' | 'hot'>,
    private readonly coupons: readonly string[],
  ) {}

  calls(n: number): BranchCall[] {
    const { branches, hot } = this.point;
    const customerId = customerOf(n % CUSTOMERS);
    const sku = skuOf(hot ? 0 : Math.floor(Math.random() * SKUS));
    const orderedAt = new Date().toISOString();
    const calls = [
      branch(CreateOrder, {
        ...{ orderNo: orderNumber(), customerId, currency: CURRENCY, address: ADDRESS, orderedAt },
        lines: [{ sku, quantity: 1, amountMinor: AMOUNT_MINOR }],
      }),
      branch(ReserveStock, { lines: [{ sku, quantity: 1 }] }),
    ];
    if (branches === 2) return calls;
    const couponCode = this.coupons[Math.floor(n / CUSTOMERS)];
    if (couponCode === undefined)
      throw new Error('The coupons ran out: the run was longer than was planned for.');
    return [
      ...calls,
      branch(LockCoupon, {
        ...{ couponCode, customerId, orderedAt },
        ...{ basketMinor: AMOUNT_MINOR, discountMinor: 0 },
      }),
      branch(FreezePayment, { customerId, currency: CURRENCY, amountMinor: AMOUNT_MINOR }),
    ];
  }
}

/** 24 digits, as the order service's numbers have; only their being unique counts here. */
function orderNumber(): string {
  const digits = BigInt(`0x${randomBytes(10).toString('hex')}`)
    .toString()
    .padStart(24, '0');
  return digits.slice(-24);
}
