import { Refusal, type TryItem } from '@holdfast/participant';
import { LockCoupon } from '@holdfast/shop';
import { CountingContext, ParticipantDriver, TestBranch, newXid, testKit } from '@holdfast/testing';
import { CouponUnderTest } from './coupon-under-test.suite.js';
import { LockCouponHandler } from './lock-coupon-handler.js';

const CUSTOMERS = Array.from({ length: 300 }, (_, n) => `customer-${n}`);

let coupons: CouponUnderTest;
let driver: ParticipantDriver;

beforeAll(async () => {
  coupons = await CouponUnderTest.open();
  driver = await startDriver();
});
beforeEach(() => coupons.fill(['BAGS', 'GARDEN'], CUSTOMERS));
afterAll(() => coupons.close());

const startDriver = () =>
  ParticipantDriver.start({ participant: 'coupon', dataSource: coupons.dataSource }, [
    new LockCouponHandler(),
  ]);
const newBranch = () => new TestBranch(LockCoupon);
const inputOf = (couponCode: string, customerId: string, more: object = {}) => ({
  couponCode,
  customerId,
  basketMinor: 2_500,
  discountMinor: 300,
  orderedAt: '2011-08-05T12:00:00Z',
  ...more,
});
const itemOf = (couponCode: string, customerId: string): TryItem<typeof LockCoupon> => ({
  xid: newXid(),
  branchId: '1',
  input: inputOf(couponCode, customerId),
});

test('a batch is two statements to try and one to confirm', async () => {
  const handler = new LockCouponHandler();
  const items = CUSTOMERS.map((customerId) => itemOf('BAGS', customerId));
  const trying = new CountingContext(coupons.dataSource);
  const answers = await handler.tryMany(trying, items);
  expect(trying.statements).toBe(2);
  expect(answers).toEqual(CUSTOMERS.map((customerId) => ({ couponCode: 'BAGS', customerId })));
  const confirming = new CountingContext(coupons.dataSource);
  await handler.confirmMany(
    confirming,
    items.map(({ input, ...branch }) => ({ ...branch, reservation: input })),
  );
  expect(confirming.statements).toBe(1);
  expect(await coupons.counts()).toEqual({ free: 300, locked: 0, used: 300 });
});

test('of two checkouts with one coupon in one batch the first has it', async () => {
  const [first, second] = [itemOf('BAGS', 'customer-1'), itemOf('BAGS', 'customer-1')];
  const context = new CountingContext(coupons.dataSource);
  const answers = await new LockCouponHandler().tryMany(context, [first, second]);
  expect(answers[0]).toEqual({ couponCode: 'BAGS', customerId: 'customer-1' });
  expect(Refusal.is(answers[1]) && answers[1].code).toBe('COUPON_LOCKED');
  expect(await coupons.book.findGrant('BAGS', 'customer-1')).toMatchObject({
    state: 'locked',
    xid: first.xid,
  });
});

test('a coupon is locked for one checkout, used by its Confirm, and then used for good', async () => {
  const [one, two, three] = [newBranch(), newBranch(), newBranch()];
  const input = inputOf('BAGS', 'customer-1');
  expect(await driver.deliver(one.try(input))).toMatchObject([{ outcome: 'tried' }]);
  expect(await driver.deliver(two.try(input))).toMatchObject([{ outcome: 'refused', code: 'COUPON_LOCKED' }]);
  expect(await driver.deliver(one.confirm())).toMatchObject([{ outcome: 'confirmed' }]);
  expect(await driver.deliver(three.try(input))).toMatchObject([{ outcome: 'refused', code: 'COUPON_USED' }]);
  expect(await coupons.counts()).toEqual({ free: 599, locked: 0, used: 1 });
  expect(await coupons.book.find('BAGS')).toMatchObject({ grants: { free: 299, locked: 0, used: 1 } });
});

test('a Cancel frees the coupon for the next checkout', async () => {
  const [one, two] = [newBranch(), newBranch()];
  await driver.deliver(one.try(inputOf('BAGS', 'customer-1')));
  expect(await driver.deliver(one.cancel())).toMatchObject([{ outcome: 'cancelled' }]);
  expect(await coupons.counts()).toEqual({ free: 600, locked: 0, used: 0 });
  expect(await driver.deliver(two.try(inputOf('BAGS', 'customer-1')))).toMatchObject([{ outcome: 'tried' }]);
});

test.each([
  ['COUPON_UNKNOWN', inputOf('NONE', 'customer-1')],
  ['COUPON_NOT_GRANTED', inputOf('BAGS', 'stranger')],
  ['COUPON_NOT_STARTED', inputOf('BAGS', 'customer-1', { orderedAt: '2011-07-31T23:59:59Z' })],
  ['COUPON_EXPIRED', inputOf('BAGS', 'customer-1', { orderedAt: '2011-08-15T00:00:00Z' })],
  ['COUPON_MINIMUM_NOT_MET', inputOf('BAGS', 'customer-1', { basketMinor: 1_999 })],
  ['INVALID_INPUT', inputOf('BAGS', 'customer-1', { basketMinor: -1 })],
  ['INVALID_INPUT', inputOf('BAGS', 'customer-1', { orderedAt: 'yesterday' })],
  ['INVALID_INPUT', inputOf('BA GS', 'customer-1')],
])('%s locks nothing', async (code, input) => {
  expect(await driver.deliver(newBranch().try(input))).toMatchObject([{ outcome: 'refused', code }]);
  expect(await coupons.counts()).toEqual({ free: 600, locked: 0, used: 0 });
});

test('a customer who taps in two places at once uses a coupon once, on two instances', async () => {
  const drivers = [driver, await startDriver()];
  const customers = [CUSTOMERS, CUSTOMERS.toReversed()];
  const replies = await Promise.all(
    drivers.map((each, at) =>
      each.deliver(
        ...(customers[at] ?? []).flatMap((id) => [
          newBranch().try(inputOf('BAGS', id)),
          newBranch().try(inputOf('GARDEN', id)),
        ]),
      ),
    ),
  );
  expect(replies.flat().filter(({ outcome }) => outcome === 'tried')).toHaveLength(600);
  expect(await coupons.counts()).toEqual({ free: 0, locked: 600, used: 0 });
});

describe('the canonical schedules', () => {
  let next = 0;

  for (const { name, run } of testKit(LockCouponHandler, {
    branch: LockCoupon,
    get dataSource() {
      return coupons.dataSource;
    },
    input: () => inputOf('BAGS', CUSTOMERS[next++ % CUSTOMERS.length] ?? ''),
    refusedInput: () => inputOf('BAGS', 'stranger'),
    invariant: async () => {
      const { free, locked, used } = await coupons.counts();
      if (free + locked + used !== 600) throw new Error('A grant is lost or doubled');
    },
  }))
    test(name, run);
});
