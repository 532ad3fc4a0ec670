import { MemoryBroker, MemoryBus } from '@holdfast/bus';
import type { RunningService } from '@holdfast/service';
import { PAGE_ROWS_MAX } from '@holdfast/shop';
import { testDatabase, type TestDatabase } from '@holdfast/testing';
import { bootstrap } from './main.js';

let database: TestDatabase;
let bus: MemoryBus;
let service: RunningService;

beforeAll(async () => {
  database = await testDatabase();
  bus = new MemoryBus(new MemoryBroker());
  service = await bootstrap({ DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'error' }, bus);
});
afterAll(async () => {
  await service.close();
  await bus.close();
  await database.drop();
});

async function get(path: string) {
  const response = await fetch(service.url + path);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function load(items: readonly object[]) {
  const response = await fetch(`${service.url}/v1/stock`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ items }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('a full page is loaded at once, and loading it again changes what is available', async () => {
  const page = Array.from({ length: PAGE_ROWS_MAX }, (_, n) => ({ sku: `S-${n}`, available: n }));
  expect(await load(page)).toEqual({ status: 200, body: { loaded: PAGE_ROWS_MAX } });
  expect(await load([{ sku: 'S-7', available: 70 }])).toEqual({ status: 200, body: { loaded: 1 } });
  expect((await get('/v1/stock/S-7')).body).toEqual({ sku: 'S-7', available: 70, frozen: 0, sold: 0 });
});

test('the list goes on from where the last page ended', async () => {
  const seen: string[] = [];
  let after: string | null = '';
  while (after !== null) {
    const { body } = await get(`/v1/stock?limit=1000${after && `&after=${after}`}`);
    seen.push(...(body['items'] as { sku: string }[]).map(({ sku }) => sku));
    after = body['next'] as string | null;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.length).toBeGreaterThanOrEqual(PAGE_ROWS_MAX);
});

test('an unknown SKU is a 404, and what is none is a 422', async () => {
  expect(await get('/v1/stock/NONE')).toMatchObject({ status: 404, body: { code: 'SKU_NOT_FOUND' } });
  expect(await get('/v1/stock/a%20b')).toMatchObject({ status: 422, body: { code: 'INVALID_REQUEST' } });
});

test.each([
  ['nothing', [], ['/items']],
  [
    'a row too many',
    Array.from({ length: PAGE_ROWS_MAX + 1 }, (_, n) => ({ sku: `${n}`, available: 1 })),
    ['/items'],
  ],
  ['negative stock', [{ sku: 'a', available: -1 }], ['/items/0/available']],
  [
    'two wrong rows',
    [{ sku: 'a' }, { sku: 'b', available: 1 }, { sku: '', available: 1.5 }],
    ['/items/0/available', '/items/2/sku', '/items/2/available'],
  ],
  [
    'a SKU twice',
    [
      { sku: 'a', available: 1 },
      { sku: 'a', available: 2 },
    ],
    ['/items/1'],
  ],
  ['a field that is not known', [{ sku: 'a', available: 1, frozen: 1 }], ['/items/0']],
])('%s is turned down, field by field', async (_what, items, paths) => {
  const { status, body } = await load(items);
  expect([status, body['code']]).toEqual([422, 'INVALID_REQUEST']);
  expect((body['errors'] as { path: string }[]).map(({ path }) => path)).toEqual(paths);
});

test('it is ready, and its metrics have the participant in them', async () => {
  expect(await get('/readyz')).toEqual({
    status: 200,
    body: { status: 'ready', checks: { database: 'ready', bus: 'ready' } },
  });
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  expect(metrics).toContain('holdfast_participant_batch_commands');
  expect(metrics).toContain('nodejs_eventloop_lag_seconds');
});
