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

async function request(path: string, items?: readonly object[]) {
  const response = await fetch(service.url + path, {
    ...(items && {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ items }),
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const coupon = (couponCode: string, more: object = {}) => ({
  couponCode,
  validFrom: '2011-08-01',
  validTo: '2011-08-14',
  minimumMinor: 500,
  ...more,
});

test('coupons and a full page of grants are loaded, and granting again changes nothing', async () => {
  expect(await request('/v1/coupons', [coupon('BAGS'), coupon('GARDEN')])).toMatchObject({ status: 200 });
  const grants = Array.from({ length: PAGE_ROWS_MAX }, (_, n) => ({
    couponCode: 'BAGS',
    customerId: `c-${n}`,
  }));
  expect(await request('/v1/grants', grants)).toEqual({ status: 200, body: { loaded: PAGE_ROWS_MAX } });
  expect(await request('/v1/grants', grants)).toEqual({ status: 200, body: { loaded: PAGE_ROWS_MAX } });
  expect(await request('/v1/coupons/BAGS')).toEqual({
    status: 200,
    body: { ...coupon('BAGS'), grants: { free: PAGE_ROWS_MAX, locked: 0, used: 0 } },
  });
  expect(await request('/v1/coupons/BAGS/grants/c-1')).toEqual({
    status: 200,
    body: { couponCode: 'BAGS', customerId: 'c-1', state: 'free', xid: null },
  });
});

test('the terms of a coupon can change', async () => {
  await request('/v1/coupons', [coupon('TERMS')]);
  const changed = coupon('TERMS', { validTo: '2011-08-20', minimumMinor: 0 });
  await request('/v1/coupons', [changed]);
  expect((await request('/v1/coupons/TERMS')).body).toMatchObject(changed);
});

test('what is not there is a 404', async () => {
  expect(await request('/v1/coupons/NONE')).toMatchObject({
    status: 404,
    body: { code: 'COUPON_NOT_FOUND' },
  });
  expect(await request('/v1/coupons/BAGS/grants/nobody')).toMatchObject({
    status: 404,
    body: { code: 'GRANT_NOT_FOUND' },
  });
});

test.each([
  ['/v1/coupons', [coupon('A', { validTo: '2011-07-31' })], ['/items/0/validTo']],
  [
    '/v1/coupons',
    [coupon('A', { minimumMinor: -1, validFrom: '2011-02-30' })],
    ['/items/0/validFrom', '/items/0/minimumMinor'],
  ],
  ['/v1/coupons', [coupon('A'), coupon('A')], ['/items/1']],
  ['/v1/grants', [{ couponCode: 'NONE', customerId: 'c-1' }], ['/items/0/couponCode']],
  ['/v1/grants', [{ couponCode: 'BAGS', customerId: '' }], ['/items/0/customerId']],
])('%s turns down what is wrong, field by field', async (path, items, paths) => {
  const { status, body } = await request(path, items);
  expect([status, body['code']]).toEqual([422, 'INVALID_REQUEST']);
  expect((body['errors'] as { path: string }[]).map(({ path: field }) => field)).toEqual(paths);
});
