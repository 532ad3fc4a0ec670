import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Announcement } from '@holdfast/protocol';
import { ResourceStore } from './resource-store.js';
import { StoreUnderTest } from './store-under-test.suite.js';

let database: StoreUnderTest;
let store: ResourceStore;
beforeAll(async () => {
  database = await StoreUnderTest.open();
  store = new ResourceStore(database.dataSource);
});
afterAll(() => database.close());

function announcement(given: Partial<Announcement> = {}, ...resources: [name: string, schema: object][]) {
  return {
    ...{ v: 1, participant: 'inventory', sdkVersion: '0.1.0' },
    resources: resources.map(([resource, schema]) => ({
      resource,
      inputSchema: schema,
      schemaHash: JSON.stringify(schema),
    })),
    ...given,
  } as Announcement;
}

test('what was announced is read again, also what is announced anew', async () => {
  const [text, number] = [{ type: 'string' }, { type: 'number' }];
  const first = announcement({}, ['inventory.reserve', text], ['inventory.count', text]);
  await store.announce(first);
  await store.announce({ ...first, sdkVersion: '0.2.0' });
  await store.announce(announcement({}, ['inventory.reserve', number]));
  await store.announce(announcement({ participant: 'stock' }, ['inventory.reserve', text]));
  const all = await store.all();
  const names = all.map(({ participant, resource, inputSchema }) =>
    [participant, resource, inputSchema['type']].join(' '),
  );
  expect(names.sort()).toEqual([
    'inventory inventory.count string',
    'inventory inventory.reserve number',
    'inventory inventory.reserve string',
    'stock inventory.reserve string',
  ]);
  const [row] = await database.sql<{ sdk_version: string }>(
    `select sdk_version from resources where resource = 'inventory.count'`,
  );
  expect(row?.sdk_version).toBe('0.2.0');
});

test('nothing that passes the schema of announcements is refused, or its partition would stand still', async () => {
  const schema = { const: 'a NUL \u0000 and a half \ud800 of a pair' };
  const odd = announcement({ participant: 'odd', sdkVersion: '0\u0000' }, ['odd', schema], ['odd', schema]);
  await store.announce(odd);
  const [row] = (await store.all()).filter(({ participant }) => participant === 'odd');
  expect(row?.inputSchema).toEqual(schema);
});

test('two instances that announce the same in opposite order do not deadlock', async () => {
  const names = Array.from({ length: 100 }, (_, i): [string, object] => [`r${i}`, {}]);
  for (let round = 0; round < 10; round++) {
    await Promise.all([
      store.announce(announcement({}, ...names)),
      store.announce(announcement({}, ...[...names].reverse())),
    ]);
  }
});
