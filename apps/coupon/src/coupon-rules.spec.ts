import type { RefusalCode } from '@holdfast/shop';
import { objectionTo, type HeldCoupon } from './coupon-rules.js';

const WANTED = {
  couponCode: 'W20110801-BAGS',
  customerId: '17850',
  basketMinor: 2_000,
  discountMinor: 300,
  orderedAt: '2011-08-05T12:00:00Z',
};
const COUPON: HeldCoupon = {
  validFrom: '2011-08-01',
  validTo: '2011-08-14',
  minimumMinor: 2_000,
  state: 'free',
};

interface Row {
  readonly name: string;
  readonly wanted?: Partial<typeof WANTED>;
  readonly coupon?: Partial<HeldCoupon> | null;
  readonly code: RefusalCode | undefined;
}

const ROWS: Row[] = [
  { name: 'free, in its period and at the minimum', code: undefined },
  { name: 'not there', coupon: null, code: 'COUPON_UNKNOWN' },
  { name: 'not granted', coupon: { state: null }, code: 'COUPON_NOT_GRANTED' },
  { name: 'used', coupon: { state: 'used' }, code: 'COUPON_USED' },
  { name: 'locked', coupon: { state: 'locked' }, code: 'COUPON_LOCKED' },
  {
    name: 'the first moment of the first day',
    wanted: { orderedAt: '2011-08-01T00:00:00Z' },
    code: undefined,
  },
  {
    name: 'the moment before',
    wanted: { orderedAt: '2011-07-31T23:59:59.999Z' },
    code: 'COUPON_NOT_STARTED',
  },
  { name: 'the last moment of the last day', wanted: { orderedAt: '2011-08-14T23:59:59Z' }, code: undefined },
  { name: 'the moment after', wanted: { orderedAt: '2011-08-15T00:00:00Z' }, code: 'COUPON_EXPIRED' },
  { name: 'one below the minimum', wanted: { basketMinor: 1_999 }, code: 'COUPON_MINIMUM_NOT_MET' },
];

test.each(ROWS)('$name: $code', ({ wanted, coupon, code }) => {
  const held = coupon === null ? undefined : { ...COUPON, ...coupon };
  expect(objectionTo({ ...WANTED, ...wanted }, held)?.code).toBe(code);
});
