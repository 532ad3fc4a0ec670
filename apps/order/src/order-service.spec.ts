import { OutcomeUnknown, ProblemError } from '@holdfast/client';
import { CreateOrder } from '@holdfast/shop';
import { ParticipantDriver, TestBranch, newXid } from '@holdfast/testing';
import { CreateOrderHandler } from './create-order-handler.js';
import { parseOrderNo } from './order-number.js';
import { FakeCoordinator, OrderUnderTest, soundOrder } from './order-under-test.suite.js';

const refusal = {
  code: 'OUT_OF_STOCK',
  message: 'Out of stock: 71053 (1 left of 6)',
  branchId: 'inventory.reserve',
};

let order: OrderUnderTest;
let coordinator: FakeCoordinator;

beforeAll(async () => {
  order = await OrderUnderTest.open();
});
beforeEach(async () => {
  await order.fill();
  coordinator = new FakeCoordinator();
});
afterAll(() => order.close());

const checkouts = () => order.dataSource.query<unknown[]>('select from checkouts');

test('a checkout that is confirmed is a paid order', async () => {
  const { answer, repeated } = await order.service(coordinator).place(soundOrder(), null);
  expect(answer).toEqual({
    orderNo: expect.any(String),
    status: 'paid',
    reason: null,
    xid: expect.any(String),
  });
  expect(parseOrderNo(answer.orderNo)).toBeDefined();
  expect(repeated).toBe(false);
  expect(await order.service(coordinator).find(answer.orderNo)).toMatchObject(answer);
});

test('all four branches get what is theirs, and the number is the reference and the key', async () => {
  const { answer } = await order.service(coordinator).place(soundOrder(), null);
  const { orderNo } = answer;
  const [run] = coordinator.begun;
  expect(run?.options).toMatchObject({
    name: 'checkout',
    reference: orderNo,
    idempotencyKey: `order-${orderNo}`,
    timeout: '30s',
  });
  const { items, ...others } = soundOrder();
  const orderedAt = expect.any(String) as string;
  expect(run?.branches).toEqual([
    { resource: 'order.create', input: { ...others, orderNo, lines: items, orderedAt } },
    {
      resource: 'inventory.reserve',
      input: {
        lines: [
          { sku: '85123A', quantity: 6 },
          { sku: '71053', quantity: 6 },
        ],
      },
    },
    {
      resource: 'coupon.lock',
      input: {
        couponCode: 'W20110801-BAGS',
        customerId: '17850',
        basketMinor: 3_734,
        discountMinor: 170,
        orderedAt,
      },
    },
    { resource: 'payment.freeze', input: { customerId: '17850', currency: 'GBP', amountMinor: 3_564 } },
  ]);
});

test('without a coupon there is no coupon branch', async () => {
  const { couponCode: _, ...request } = soundOrder();
  await order.service(coordinator).place(request, null);
  expect(coordinator.begun[0]?.branches.map(({ resource }) => resource)).toEqual([
    'order.create',
    'inventory.reserve',
    'payment.freeze',
  ]);
});

test('a checkout that is cancelled is a closed order with the reason', async () => {
  coordinator.script = () => ({ outcome: 'cancelled', reason: refusal });
  const { answer } = await order.service(coordinator).place(soundOrder(), null);
  const reason = { code: refusal.code, message: refusal.message };
  expect(answer).toMatchObject({ status: 'closed', reason });
  expect(await order.service(coordinator).find(answer.orderNo)).toMatchObject({ status: 'closed', reason });
});

test('an impatient second tap is the same order and one transaction, also while the first is under way', async () => {
  const service = order.service(coordinator);
  const taps = await Promise.all([1, 2, 3].map(() => service.place(soundOrder(), 'tap')));
  const later = await service.place(soundOrder(), 'tap');
  expect(new Set([...taps, later].map(({ answer }) => answer.orderNo)).size).toBe(1);
  expect(new Set(coordinator.begun.map(({ options }) => options.idempotencyKey)).size).toBe(1);
  expect(taps.filter(({ repeated }) => !repeated)).toHaveLength(1);
  expect(later.repeated).toBe(true);
  expect(await checkouts()).toHaveLength(1);
});

test('the time of an order stays what it was when it is repeated', async () => {
  const unknown = new OutcomeUnknown('no answer', 'key', null);
  coordinator.script = () => {
    throw unknown;
  };
  await order.service(coordinator).place(soundOrder(), 'tap');
  coordinator.script = () => ({});
  await order.service(coordinator).place(soundOrder(), 'tap');
  const times = coordinator.begun.map(
    ({ branches }) => (branches[0]?.input as { orderedAt: string }).orderedAt,
  );
  expect(times[1]).toBe(times[0]);
});

test('a key with another body is turned down, and two orders without a key are two', async () => {
  const service = order.service(coordinator);
  await service.place(soundOrder(), 'tap');
  const other = soundOrder({ currency: 'EUR' });
  await expect(service.place(other, 'tap')).rejects.toMatchObject({
    problem: { code: 'IDEMPOTENCY_KEY_REUSED' },
  });
  await service.place(soundOrder(), null);
  await service.place(soundOrder(), null);
  expect(await checkouts()).toHaveLength(3);
});

test('I11: an outcome that is not known is told as processing, and learnt when somebody looks', async () => {
  const xid = newXid();
  coordinator.script = () => {
    throw new OutcomeUnknown('no answer', 'key', xid);
  };
  const { answer } = await order.service(coordinator).place(soundOrder(), 'tap');
  expect(answer).toMatchObject({ status: 'processing', reason: null, xid });
  expect(await order.service(coordinator).find(answer.orderNo)).toMatchObject({ status: 'processing' });
  coordinator.decide({ xid, outcome: 'cancelled', reason: refusal });
  const looked = await order.service(coordinator).find(answer.orderNo);
  expect(looked).toMatchObject({ status: 'closed', reason: { code: 'OUT_OF_STOCK' } });
  // Kept, so a coordinator that has forgotten is not needed any more.
  expect(await order.service(new FakeCoordinator()).find(answer.orderNo)).toEqual(looked);
});

test('a service that died before it learnt the outcome knows it by its branch, and the reason by asking', async () => {
  const participant = { participant: 'order', dataSource: order.dataSource };
  const driver = await ParticipantDriver.start(participant, [new CreateOrderHandler()]);
  const branch = new TestBranch(CreateOrder);
  let orderNo = '';
  coordinator.script = ({ options }) => {
    orderNo = options.reference ?? '';
    throw new Error('kill -9');
  };
  await expect(order.service(coordinator).place(soundOrder(), null)).rejects.toThrow('kill -9');
  const { items: lines, ...others } = soundOrder();
  const orderedAt = new Date().toISOString();
  await driver.deliver(branch.try({ ...others, orderNo, lines, orderedAt }));
  expect(await order.service(coordinator).find(orderNo)).toMatchObject({
    status: 'processing',
    xid: branch.xid,
    details: { lines, totalMinor: 3_564, discountMinor: 170, couponCode: 'W20110801-BAGS' },
  });
  await driver.deliver(branch.cancel());
  expect(await order.service(coordinator).find(orderNo)).toMatchObject({ status: 'closed', reason: null });
  coordinator.decide({ xid: branch.xid, outcome: 'cancelled', reason: refusal });
  expect(await order.service(coordinator).find(orderNo)).toMatchObject({ reason: { code: 'OUT_OF_STOCK' } });
});

test('a service that is missing is a 503, before anything is frozen', async () => {
  coordinator.script = () => {
    throw new ProblemError({
      code: 'UNKNOWN_RESOURCE',
      status: 422,
      title: 'x',
      detail: 'coupon.lock is unknown',
    });
  };
  await expect(order.service(coordinator).place(soundOrder(), null)).rejects.toMatchObject({
    problem: { code: 'CHECKOUT_UNAVAILABLE', status: 503, detail: 'coupon.lock is unknown' },
  });
});

test('a checkout that is too much for now is a 503 that says when to come back', async () => {
  coordinator.script = () => {
    const busy = { code: 'COORDINATOR_BUSY', status: 429, title: 'x', detail: 'Nothing was begun.' };
    throw new ProblemError(busy, 3);
  };
  await expect(order.service(coordinator).place(soundOrder(), null)).rejects.toMatchObject({
    retryAfterSeconds: 3,
    problem: { code: 'CHECKOUT_BUSY', status: 503, detail: 'Nothing was begun.' },
  });
});

test('an order that nobody placed is none', async () => {
  expect(await order.service(coordinator).find('000000000000000000000000')).toBeUndefined();
});
