import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isSecretOf, parseKey } from './api-key.js';
import { ApiKeyStore } from './api-key-store.js';
import { StoreUnderTest } from './store-under-test.suite.js';

let database: StoreUnderTest;
let keys: ApiKeyStore;
beforeAll(async () => {
  database = await StoreUnderTest.open();
  keys = new ApiKeyStore(database.dataSource);
});
afterAll(() => database.close());

test('no key is configured until one was made, and one that is revoked still counts', async () => {
  expect(await keys.configured()).toBe(false);
  const { id } = await keys.create({ owner: 'first', role: 'admin' });
  expect(await keys.configured()).toBe(true);
  await keys.revoke(id);
  expect(await keys.valid()).toEqual([]);
  expect(await keys.configured()).toBe(true);
});

test('the text of a key is told once; what is stored does not tell it', async () => {
  const { text, id } = await keys.create({ owner: 'shop', role: 'participant', participant: 'payment' });
  const parts = parseKey(text);
  expect(parts?.id).toBe(id);
  const secret = parts?.secret ?? '';
  const [stored] = await database.sql<{ row: string }>(
    `select to_jsonb(k)::text as row from api_keys k where id = $1`,
    [id],
  );
  expect(stored?.row).not.toContain(secret);
  const valid = (await keys.valid()).find((key) => key.id === id);
  expect(valid).toMatchObject({ owner: 'shop', role: 'participant', participant: 'payment' });
  expect(isSecretOf(valid?.secretHash as Buffer, secret)).toBe(true);
  expect(isSecretOf(valid?.secretHash as Buffer, secret.slice(1) + secret.at(0))).toBe(false);
  expect(JSON.stringify(await keys.list())).not.toContain(secret);
});

test('a key that has expired is listed, and no longer valid', async () => {
  const past = await keys.create({ owner: 'past', role: 'viewer', expiresAt: Date.now() - 60_000 });
  const future = await keys.create({ owner: 'future', role: 'viewer', expiresAt: Date.now() + 60_000 });
  const valid = (await keys.valid()).map(({ id }) => id);
  expect(valid).toContain(future.id);
  expect(valid).not.toContain(past.id);
  expect((await keys.list()).map(({ id }) => id)).toEqual(expect.arrayContaining([past.id, future.id]));
});

test('a revocation keeps its first time, and one of an unknown key is told apart', async () => {
  const { id } = await keys.create({ owner: 'left', role: 'operator' });
  const first = await keys.revoke(id);
  expect(first?.revokedAt).not.toBeNull();
  expect(await keys.revoke(id)).toEqual(first);
  expect(await keys.revoke('0123456789abcdef')).toBeUndefined();
});

test.each([
  ['a participant without its name', { owner: 'x', role: 'participant' }],
  ['a name beside another role', { owner: 'x', role: 'viewer', participant: 'payment' }],
  ['a role that nobody knows', { owner: 'x', role: 'root' }],
  ['an owner without a name', { owner: '', role: 'viewer' }],
  ['an owner with a line break', { owner: 'x\ny', role: 'viewer' }],
])('no key for %s', async (_, grant) => {
  await expect(keys.create(grant as never)).rejects.toThrow();
});

test.each(['', 'hf_', 'hf_0123456789abcdef_short', `xx_0123456789abcdef_${'a'.repeat(43)}`])(
  'not the text of a key: %j',
  (text) => {
    expect(parseKey(text)).toBeUndefined();
  },
);
