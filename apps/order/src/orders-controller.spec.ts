import { MemoryBroker, MemoryBus } from '@holdfast/bus';
import type { RunningService } from '@holdfast/service';
import { LINES_MAX } from '@holdfast/shop';
import { freePort, testDatabase, type TestDatabase } from '@holdfast/testing';
import { bootstrap } from './main.js';
import { OrderNumbers } from './order-number.js';
import { ORDER_NUMBER_KEY, soundOrder } from './order-under-test.suite.js';

let database: TestDatabase;
let bus: MemoryBus;
let ordinary: RunningService;
let replaying: RunningService;

beforeAll(async () => {
  database = await testDatabase();
  bus = new MemoryBus(new MemoryBroker());
  const env = {
    ...{ DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'error', ORDER_NUMBER_KEY },
    COORDINATOR_URL: `http://127.0.0.1:${await freePort()}`, // Nobody there: what is turned down never asks it.
  };
  [ordinary, replaying] = await Promise.all([
    bootstrap(env, bus),
    bootstrap({ ...env, REPLAY_MODE: 'true' }, bus),
  ]);
  await send(ordinary, 'PUT', '/v1/customers', { items: [{ customerId: '17850', country: 'EIRE' }] });
});
afterAll(async () => {
  await Promise.all([ordinary, replaying].map((service) => service.close()));
  await bus.close();
  await database.drop();
});

async function send(service: RunningService, method: string, path: string, body?: unknown, headers = {}) {
  const response = await fetch(service.url + path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const item = soundOrder().items[0];

test.each<[string, object, string[]]>([
  ['an empty order', {}, ['/customerId', '/currency', '/items', '/address']],
  ['no item', soundOrder({ items: [] }), ['/items']],
  ['an item too many', soundOrder({ items: Array(LINES_MAX + 1).fill(item) }), ['/items']],
  [
    'wrong items',
    {
      ...soundOrder(),
      items: [
        { ...item, quantity: -1 },
        { ...item, quantity: 1.5, sku: 'a b' },
        { ...item, amountMinor: 0, discountMinor: -1 },
        { ...item, price: 1 },
      ],
    },
    [
      '/items/0/quantity',
      '/items/1/sku',
      '/items/1/quantity',
      '/items/2/amountMinor',
      '/items/2/discountMinor',
      '/items/3',
    ],
  ],
  [
    'a wrong address',
    { ...soundOrder(), address: { line1: ' ', city: 'Lon\u0000don', county: 'Kent' } },
    ['/address/line1', '/address/city', '/address/country', '/address'],
  ],
  ['an unknown customer', soundOrder({ customerId: 'nobody' }), ['/customerId']],
  [
    'a customer and a coupon that are none',
    soundOrder({ customerId: '', couponCode: '?' }),
    ['/customerId', '/couponCode'],
  ],
  ['a discount without a coupon', { ...soundOrder(), couponCode: undefined }, ['/couponCode']],
  [
    'everything at once',
    {
      ...soundOrder(),
      customerId: 'nobody',
      couponCode: undefined,
      currency: 'pounds',
      orderedAt: '2011-08-05T12:00:00Z',
      mode: 'declared',
    },
    ['/couponCode', '/currency', '/customerId', '/mode', '/orderedAt'],
  ],
])('%s is turned down field by field before anything is frozen', async (_what, body, paths) => {
  const answer = await send(ordinary, 'POST', '/v1/orders', body);
  expect([answer.status, answer.body['code']]).toEqual([422, 'INVALID_REQUEST']);
  const told = (answer.body['errors'] as { path: string }[]).map(({ path }) => path);
  expect(told.toSorted()).toEqual(paths.toSorted());
});

test.each<[string, object, string]>([
  ['a year that the numbers do not know', { orderedAt: '1999-12-31T23:59:59Z' }, '/orderedAt'],
  ['no time', { orderedAt: 'yesterday' }, '/orderedAt'],
  ['no mode', { mode: 'other' }, '/mode'],
  ['a mode that needs what was not configured', { mode: 'registered' }, '/mode'],
])('in replay mode %s is turned down', async (_what, more, path) => {
  const { status, body } = await send(replaying, 'POST', '/v1/orders', { ...soundOrder(), ...more });
  expect([status, (body['errors'] as { path: string }[]).map((error) => error.path)]).toEqual([422, [path]]);
});

test.each([
  ['one with a space', 'a key'],
  ['one that is no ASCII', 'é'],
  ['one that is too long', 'k'.repeat(256)],
  ['an empty one', ''],
])('%s is no idempotency key', async (_what, key) => {
  const headers = { 'idempotency-key': Buffer.from(key).toString('latin1') };
  const { status, body } = await send(ordinary, 'POST', '/v1/orders', soundOrder(), headers);
  expect([status, body['code']]).toEqual([400, 'MALFORMED_REQUEST']);
});

test('a number that is mistyped and one that nobody has are 404s that say which', async () => {
  const orderNo = new OrderNumbers(ORDER_NUMBER_KEY).mint('17850', new Date());
  const swapped = `${orderNo.slice(0, 23)}${(Number(orderNo[23]) + 1) % 10}`;
  const details = await Promise.all(
    [orderNo, swapped, 'x'].map(async (text) => {
      const { status, body } = await send(ordinary, 'GET', `/v1/orders/${text}`);
      return [status, body['code'], body['detail']] as const;
    }),
  );
  expect(details).toEqual([
    [404, 'ORDER_NOT_FOUND', `No order is ${orderNo}.`],
    [404, 'ORDER_NOT_FOUND', 'This is mistyped: its check digits do not fit.'],
    [404, 'ORDER_NOT_FOUND', 'This is mistyped: its check digits do not fit.'],
  ]);
});

test('customers are loaded and looked up', async () => {
  expect(await send(ordinary, 'GET', '/v1/customers/17850')).toEqual({
    status: 200,
    body: { customerId: '17850', country: 'EIRE' },
  });
  expect(await send(ordinary, 'GET', '/v1/customers/nobody')).toMatchObject({ status: 404 });
});
