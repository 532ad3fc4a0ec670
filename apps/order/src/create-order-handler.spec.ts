import { Refusal, type Input } from '@holdfast/participant';
import { CreateOrder, LINES_MAX } from '@holdfast/shop';
import { CountingContext, ParticipantDriver, TestBranch, newXid, testKit } from '@holdfast/testing';
import { CreateOrderHandler } from './create-order-handler.js';
import { OrderUnderTest, soundOrder } from './order-under-test.suite.js';

let order: OrderUnderTest;
let driver: ParticipantDriver;

beforeAll(async () => {
  order = await OrderUnderTest.open();
  driver = await ParticipantDriver.start({ participant: 'order', dataSource: order.dataSource }, [
    new CreateOrderHandler(),
  ]);
});
beforeEach(() => order.fill());
afterAll(() => order.close());

let last = 0;
function newInput(more: object = {}): Input<typeof CreateOrder> {
  const { items: lines, ...others } = soundOrder();
  const orderNo = String(++last).padStart(24, '0');
  return { ...others, orderNo, lines, orderedAt: '2011-08-05T12:00:00Z', ...more };
}
const newItem = (more: object = {}) => ({ xid: newXid(), branchId: '1', input: newInput(more) });
const orders = () =>
  order.dataSource.query<object[]>(
    `select status, count (*)::int as count from orders group by status order by status`,
  );

test('a batch is one statement to try and one to settle', async () => {
  const handler = new CreateOrderHandler();
  const items = Array.from({ length: 300 }, () => newItem());
  const trying = new CountingContext(order.dataSource);
  const answers = await handler.tryMany(trying, items);
  expect(answers).toEqual(items.map(({ input }) => ({ orderNo: input.orderNo })));
  const settling = new CountingContext(order.dataSource);
  const settled = items.map(({ input, ...branch }) => ({
    ...branch,
    reservation: { orderNo: input.orderNo },
  }));
  await handler.confirmMany(settling, settled.slice(0, 200));
  await handler.cancelMany(settling, settled.slice(200));
  expect([trying.statements, settling.statements]).toEqual([1, 2]);
  expect(await orders()).toEqual([
    { status: 'closed', count: 100 },
    { status: 'paid', count: 200 },
  ]);
});

test('what was ordered is written as it was, quotes, accents and the same article twice', async () => {
  const lines = [
    { sku: 'A', quantity: 1, amountMinor: 10, discountMinor: 0 },
    { sku: 'A', quantity: 1, amountMinor: 9, discountMinor: 1 },
  ];
  const address = {
    line1: `"The \\ O'Brien's"`,
    city: 'Zürich {a,b}',
    postcode: 'NULL',
    country: 'Švýcarsko',
  };
  const input = newInput({ lines, address, couponCode: undefined });
  await driver.deliver(new TestBranch(CreateOrder).try(input));
  const [row] = await order.dataSource.query<object[]>('select address, coupon_code, ordered_at from orders');
  expect(row).toEqual({ address, coupon_code: null, ordered_at: new Date('2011-08-05T12:00:00Z') });
  expect(
    await order.dataSource.query<object[]>(
      `select line, sku, quantity::int, amount_minor::int as "amountMinor", discount_minor::int as "discountMinor"
         from order_lines order by line`,
    ),
  ).toEqual(lines.map((line, index) => ({ line: index + 1, ...line })));
});

test('a number is given once, also within a batch, and the second order leaves nothing', async () => {
  const items = [newItem(), newItem()].map((item, _, [first]) => ({
    ...item,
    input: { ...item.input, orderNo: first?.input.orderNo ?? '' },
  }));
  const answers = await new CreateOrderHandler().tryMany(new CountingContext(order.dataSource), items);
  expect(answers.map((answer) => (Refusal.is(answer) ? answer.code : 'tried'))).toEqual([
    'tried',
    'ORDER_NUMBER_TAKEN',
  ]);
  const third = new TestBranch(CreateOrder).try(items[0]?.input);
  expect(await driver.deliver(third)).toMatchObject([{ outcome: 'refused', code: 'ORDER_NUMBER_TAKEN' }]);
  expect(await orders()).toEqual([{ status: 'pending', count: 1 }]);
  expect(await order.dataSource.query('select from order_lines')).toHaveLength(2);
});

test.each([
  ['no line', { lines: [] }],
  ['a line too many', { lines: Array(LINES_MAX + 1).fill(soundOrder().items[0]) }],
  ['a negative quantity', { lines: [{ ...soundOrder().items[0], quantity: -1 }] }],
  ['no number', { orderNo: '12' }],
  ['no address', { address: undefined }],
])('%s is refused and writes nothing', async (_what, more) => {
  const command = new TestBranch(CreateOrder).try(newInput(more));
  expect(await driver.deliver(command)).toMatchObject([{ outcome: 'refused', code: 'INVALID_INPUT' }]);
  expect(await orders()).toEqual([]);
});

describe('the canonical schedules', () => {
  const taken = newInput();
  beforeEach(async () => {
    await driver.deliver(new TestBranch(CreateOrder).try(taken));
  });

  const schedules = testKit(CreateOrderHandler, {
    branch: CreateOrder,
    get dataSource() {
      return order.dataSource;
    },
    input: () => newInput(),
    refusedInput: () => taken,
    invariant: async (sql) => {
      const { rows } = await sql.query(
        `select order_no from orders full join order_lines using (order_no)
          where orders.order_no is null or order_lines.order_no is null`,
      );
      if (rows.length > 0) throw new Error('An order has no lines, or lines have no order');
    },
  });
  // This one tries the same inputs again after a Cancel, but the number of a closed order stays taken.
  const again = 'a batch answers what its items would get one by one';
  for (const { name, run } of schedules.filter((schedule) => schedule.name !== again)) test(name, run);
});
