import { INPUT_BYTES_MAX, REQUEST_BYTES_MAX } from '@holdfast/protocol';
import { z } from 'zod';
import { CreateOrder, FreezePayment, LockCoupon, ReserveStock } from './branches.js';
import { PlaceOrder } from './order-api.js';
import { page } from './page.js';
import { LINES_MAX, PAGE_ROWS_MAX } from './values.js';

const longestId = (n: number) => `${n}`.padEnd(64, 'x');
const longestText = 'é'.repeat(200);
const address = {
  line1: longestText,
  line2: longestText,
  city: longestText,
  postcode: longestText,
  country: longestText,
};
const items = Array.from({ length: LINES_MAX }, (_, n) => ({
  sku: longestId(n),
  quantity: 1_000_000,
  amountMinor: 1_000_000_000,
  discountMinor: 1_000_000_000,
}));
const largest = {
  customerId: longestId(0),
  currency: 'GBP',
  items,
  couponCode: longestId(0),
  address,
  orderedAt: '2011-08-05T12:00:00.000Z',
};

test('the largest order that is accepted is one that its branches can carry', () => {
  const { items: lines, ...others } = PlaceOrder.parse(largest);
  const input = CreateOrder.input.parse({ ...others, orderNo: '0'.repeat(24), lines });
  expect(Buffer.byteLength(JSON.stringify(input))).toBeLessThan(INPUT_BYTES_MAX);
  const stock = ReserveStock.input.parse({ lines });
  expect(Buffer.byteLength(JSON.stringify(stock))).toBeLessThan(INPUT_BYTES_MAX);
  const totalMinor = LINES_MAX * 1_000_000_000;
  expect(
    LockCoupon.input.safeParse({ ...others, basketMinor: 2 * totalMinor, discountMinor: totalMinor }).success,
  ).toBe(true);
  expect(FreezePayment.input.safeParse({ ...others, amountMinor: totalMinor }).success).toBe(true);
});

test('a full page of ordinary rows is one request', () => {
  const rows = Array.from({ length: PAGE_ROWS_MAX }, (_, n) => ({
    couponCode: `W20110801-JEWELLERY-${n}`,
    customerId: `customer-${n}`,
    validFrom: '2011-08-01',
    validTo: '2011-08-14',
    minimumMinor: 1_000_000,
  }));
  expect(Buffer.byteLength(JSON.stringify({ items: rows }))).toBeLessThan(REQUEST_BYTES_MAX);
});

test.each([CreateOrder, ReserveStock, LockCoupon, FreezePayment])(
  'the input of $resource can be announced as JSON Schema',
  ({ input }) => {
    expect(z.toJSONSchema(input, { io: 'input' })).toMatchObject({ type: 'object' });
  },
);

test('a discount needs a coupon, and that is said beside whatever else is wrong', () => {
  const errors = PlaceOrder.safeParse({ ...largest, couponCode: undefined, currency: 'x' }).error?.issues;
  expect(errors?.map(({ path }) => path)).toEqual([['currency'], ['couponCode']]);
});

test('a key that stands in a page twice is shown where it comes again', () => {
  const Page = page(z.strictObject({ key: z.string() }), ({ key }) => key);
  const rows = ['a', 'b', 'a', 'a'].map((key) => ({ key }));
  expect(Page.safeParse({ items: rows }).error?.issues).toMatchObject([
    { path: ['items', 2], message: 'a stands here twice' },
    { path: ['items', 3], message: 'a stands here twice' },
  ]);
});
