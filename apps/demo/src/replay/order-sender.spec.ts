import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { PlannedOrder } from '../shop/planned-order.js';
import { HttpCalls } from './http-calls.js';
import { OrderSender } from './order-sender.js';

const ORDER_NO = '1'.repeat(24);
const XID = '01a2089e-d974-722e-94ed-798886aa3712';
const order: PlannedOrder = {
  ...{ orderKey: 'basket:1', basketId: '1', marks: [], expected: 'CONFIRMED' },
  request: {
    ...{ customerId: 'c', currency: 'GBP', items: [], orderedAt: '2011-08-01T08:30:00Z' },
    address: { line1: '1', city: 'Cork', country: 'EIRE' },
  },
};
const answer = (status: string, reason: object | null = null) => ({
  ...{ orderNo: ORDER_NO, xid: XID, status, reason },
});
const problem = (status: number, code: string) => ({ type: 't', title: 't', status, detail: 'd', code });

/** What the order service says, call by call: a status with a body, or nothing at all. */
let script: ([number, object] | 'hang up')[];
let calls: { key: string | undefined; body: unknown }[];
let server: Server;
let http: HttpCalls;
let controller: AbortController;

beforeEach(async () => {
  calls = [];
  http = new HttpCalls(4);
  controller = new AbortController();
  server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await http.destroy();
  server.close();
});

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const key = request.headers['idempotency-key'] as string | undefined;
  calls.push({ key, body: JSON.parse(Buffer.concat(chunks).toString()) });
  const next = script.shift() ?? 'hang up';
  if (next === 'hang up') request.socket.destroy();
  else response.writeHead(next[0], { 'content-type': 'application/json' }).end(JSON.stringify(next[1]));
}

function place() {
  const { port } = server.address() as AddressInfo;
  return new OrderSender(`http://127.0.0.1:${port}`, 'interactive', http, controller.signal).place(order);
}

test('an order is sent with its key and the mode, and its answer is kept', async () => {
  script = [[201, answer('paid')]];
  expect(await place()).toEqual({ orderKey: 'basket:1', ...answer('paid'), history: ['201'] });
  expect(calls).toEqual([{ key: 'basket:1', body: { ...order.request, mode: 'interactive' } }]);
});

test('I11: what is not known is asked again with the same key until it is', async () => {
  const reason = { code: 'OUT_OF_STOCK', message: 'none left' };
  script = [
    'hang up',
    [503, problem(503, 'CHECKOUT_UNAVAILABLE')],
    [202, answer('processing')],
    [201, answer('closed', reason)],
  ];
  const { history, ...told } = await place();
  expect(told).toEqual({ orderKey: 'basket:1', ...answer('closed', reason) });
  expect(history).toEqual(['UND_ERR_SOCKET', '503', '202', '201']);
  expect(new Set(calls.map(({ key }) => key))).toEqual(new Set(['basket:1']));
});

test('an order that is closed for a reason that is not known yet is asked for it', async () => {
  const reason = { code: 'COUPON_USED', message: '' };
  script = [
    [201, answer('closed')],
    [201, answer('closed', reason)],
  ];
  expect(await place()).toMatchObject({ status: 'closed', reason, history: ['201', '201'] });
});

test('an order that is turned down is not repeated', async () => {
  script = [[422, problem(422, 'INVALID_REQUEST')]];
  const rejected = { status: 'rejected', reason: { code: 'INVALID_REQUEST', message: 'd' }, orderNo: null };
  expect(await place()).toMatchObject({ ...rejected, history: ['422'] });
});

test('a replay that is broken off leaves the outcome unknown, with what was said last', async () => {
  script = [[202, answer('processing')]];
  const placed = place();
  await new Promise((resolve) => server.once('request', resolve));
  controller.abort();
  const told = await placed;
  expect(told).toMatchObject({ status: 'unknown', orderNo: ORDER_NO, xid: XID, history: ['202'] });
});
