import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MemoryBroker, MemoryBus } from '@holdfast/bus';
import { problem } from '@holdfast/protocol';
import type { RunningService } from '@holdfast/service';
import { newXid, testDatabase, type TestDatabase } from '@holdfast/testing';
import { bootstrap } from './main.js';

let database: TestDatabase;
let bus: MemoryBus;
let service: RunningService;
let coordinator: Server;
/** What the coordinator answers to a registration; it takes every report. */
let registration: { status: number; body: object };
let asked: string[];
let credentials: Set<string | undefined>;

beforeAll(async () => {
  coordinator = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    credentials.add(request.headers.authorization);
    const isReport = request.url?.includes('/actions/') ?? false;
    const { status, body } = isReport ? { status: 200, body: {} } : registration;
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => coordinator.listen(0, '127.0.0.1', resolve));
  database = await testDatabase();
  bus = new MemoryBus(new MemoryBroker());
  const COORDINATOR_URL = `http://127.0.0.1:${(coordinator.address() as AddressInfo).port}`;
  const env = {
    DATABASE_URL: database.url,
    PORT: '0',
    LOG_LEVEL: 'error',
    COORDINATOR_URL,
    HOLDFAST_API_KEY: 'hf_1_2',
  };
  service = await bootstrap(env, bus);
});
beforeEach(async () => {
  asked = [];
  credentials = new Set();
  registration = { status: 200, body: { state: 'trying', answer: null, refusal: null } };
  await load([{ customerId: 'ann', currency: 'GBP', availableMinor: 100 }]);
});
afterAll(async () => {
  await service.close();
  await bus.close();
  coordinator.closeAllConnections();
  await new Promise((resolve) => coordinator.close(resolve));
  await database.drop();
});

async function send(method: string, path: string, body?: unknown) {
  const response = await fetch(service.url + path, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const load = (items: readonly object[]) => send('PUT', '/v1/wallets', { items });
const freezeOf = (amountMinor: unknown, xid: unknown = newXid()) => ({
  xid,
  branchId: 'payment.freeze',
  input: { customerId: 'ann', currency: 'GBP', amountMinor },
});
const available = async () => (await send('GET', '/v1/wallets/ann/GBP')).body['availableMinor'];

test('a freeze registers its branch, tries it here, reports it, and answers; a repeat is the same branch', async () => {
  const request = freezeOf(70);
  const answer = { outcome: 'tried', answer: { customerId: 'ann', currency: 'GBP', amountMinor: '70' } };
  expect(await send('POST', '/v1/freezes', request)).toEqual({ status: 200, body: answer });
  const path = `/v1/transactions/${String(request.xid)}/branches`;
  expect(asked).toEqual([`POST ${path}`, `POST ${path}/payment.freeze/actions/tried`]);
  expect(credentials).toEqual(new Set(['Bearer hf_1_2']));
  expect(await send('POST', '/v1/freezes', request)).toEqual({ status: 200, body: answer });
  expect(await available()).toBe('30');
});

test('a freeze that is refused is reported, and freezes nothing', async () => {
  const { status, body } = await send('POST', '/v1/freezes', freezeOf(101));
  expect(status).toBe(200);
  expect(body).toEqual({
    outcome: 'refused',
    code: 'INSUFFICIENT_FUNDS',
    message: 'ann has 100 GBP of the 101 to be paid',
  });
  expect(asked.at(-1)).toMatch(/refused$/);
  expect(await available()).toBe('100');
});

test('row 15: what the coordinator turns down, such as a registration after the decision, freezes nothing', async () => {
  registration = { status: 409, body: problem('ALREADY_CANCELLED', 'It is cancelled.') };
  expect(await send('POST', '/v1/freezes', freezeOf(1))).toMatchObject({
    status: 409,
    body: { code: 'ALREADY_CANCELLED', detail: 'It is cancelled.' },
  });
  expect(await available()).toBe('100');
});

test.each([
  [freezeOf(-1), '/input/amountMinor'],
  [freezeOf('1.5'), '/input/amountMinor'],
  [freezeOf(1, 'no xid'), '/xid'],
])('%j is turned down before the coordinator is asked', async (request, path) => {
  const { status, body } = await send('POST', '/v1/freezes', request);
  expect([status, body]).toMatchObject([422, { code: 'INVALID_REQUEST', errors: [{ path }] }]);
  expect(asked).toEqual([]);
});

test('wallets are loaded as numbers or as text, and a currency in which a customer has none is a 404', async () => {
  const page = [
    { customerId: 'ann', currency: 'EUR', availableMinor: '9999999999999999' },
    { customerId: 'bob', currency: 'EUR', availableMinor: 0 },
  ];
  expect(await load(page)).toEqual({ status: 200, body: { loaded: 2 } });
  expect(await send('GET', '/v1/wallets/ann/EUR')).toEqual({
    status: 200,
    body: { customerId: 'ann', currency: 'EUR', availableMinor: '9999999999999999', frozenMinor: '0' },
  });
  expect(await send('GET', '/v1/wallets/bob/GBP')).toMatchObject({
    status: 404,
    body: { code: 'WALLET_NOT_FOUND' },
  });
  expect(await load([{ ...page[0], availableMinor: -1 }])).toMatchObject({
    status: 422,
    body: { errors: [{ path: '/items/0/availableMinor' }] },
  });
});
