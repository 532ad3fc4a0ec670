import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { FreezeRequest, type FreezeAnswer } from '@holdfast/shop';
import { FakeCoordinator, OrderUnderTest, soundOrder } from './order-under-test.suite.js';
import { PaymentDesk } from './payment-desk.js';

let order: OrderUnderTest;
let coordinator: FakeCoordinator;
let server: Server;
let desk: PaymentDesk;
/** What the payment service was asked, and what it answers: a number is a status. */
let asked: FreezeRequest[];
let answers: (FreezeAnswer | number)[];

const tried: FreezeAnswer = {
  outcome: 'tried',
  answer: { customerId: '17850', currency: 'GBP', amountMinor: '3564' },
};

beforeAll(async () => {
  order = await OrderUnderTest.open();
  server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(FreezeRequest.parse(JSON.parse(body)));
      const answer = answers.shift() ?? tried;
      response.statusCode = typeof answer === 'number' ? answer : 200;
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  desk = new PaymentDesk(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
beforeEach(() => {
  coordinator = new FakeCoordinator();
  asked = [];
  answers = [];
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await order.close();
});

const place = (mode: 'declared' | 'interactive' | 'registered') =>
  order.service(coordinator, desk).place(soundOrder({ mode }), null);
const resources = () => coordinator.begun[0]?.branches.map(({ resource }) => resource);

test.each(['declared', 'interactive'] as const)(
  '%s: the coordinator tries all four branches',
  async (mode) => {
    expect((await place(mode)).answer.status).toBe('paid');
    expect(resources()).toEqual(['order.create', 'inventory.reserve', 'coupon.lock', 'payment.freeze']);
    expect(asked).toEqual([]);
  },
);

test('registered: payment is called directly, with the xid in the call', async () => {
  const { answer } = await place('registered');
  expect(answer.status).toBe('paid');
  expect(resources()).toEqual(['order.create', 'inventory.reserve', 'coupon.lock']);
  const input = { customerId: '17850', currency: 'GBP', amountMinor: 3_564 };
  expect(asked).toEqual([{ xid: answer.xid, branchId: 'payment.freeze', input }]);
});

test('registered: what payment refuses closes the order for this reason', async () => {
  answers = [{ outcome: 'refused', code: 'INSUFFICIENT_FUNDS', message: 'no money' }];
  expect((await place('registered')).answer).toMatchObject({
    status: 'closed',
    reason: { code: 'INSUFFICIENT_FUNDS', message: 'no money' },
  });
});

test('registered: a payment service that fails is asked again for the same branch', async () => {
  answers = [503, 500];
  expect((await place('registered')).answer.status).toBe('paid');
  expect(asked).toHaveLength(3);
  expect(new Set(asked.map((request) => JSON.stringify(request))).size).toBe(1);
});

test('registered: what payment turns down is not asked again; the order is closed, not failed', async () => {
  answers = [409];
  expect((await place('registered')).answer.status).toBe('closed');
  expect(asked).toHaveLength(1);
});
