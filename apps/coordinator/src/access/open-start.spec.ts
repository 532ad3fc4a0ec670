import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MemoryBroker, MemoryBus } from '@holdfast/bus';
import { openDatabase } from '@holdfast/service';
import { ApiKeyStore, transactionMigrations } from '@holdfast/store';
import { testDatabase } from '@holdfast/testing';
import type { TestDatabase } from '@holdfast/testing';
import { bootstrap } from '../main.js';
import { AUDIENCE, ISSUER, KeyServer } from './key-server.suite.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

function start(env: Record<string, string>) {
  const bus = new MemoryBus(new MemoryBroker({ partitions: 1 }));
  return bootstrap({ DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'error', ...env }, bus);
}

async function withKeys<T>(work: (keys: ApiKeyStore) => Promise<T>, url = database.url): Promise<T> {
  const options = { service: 'test', url, poolSize: 2, migrations: transactionMigrations };
  const dataSource = await openDatabase(options);
  try {
    return await work(new ApiKeyStore(dataSource));
  } finally {
    await dataSource.destroy();
  }
}

test('peer defect 25: without a key it does not listen for others; which of the two holds is settled at start', async () => {
  await expect(start({ HOST: '0.0.0.0' })).rejects.toThrow('Make a first key');
  const open = await start({ HOST: 'localhost' });
  const { id } = await withKeys((keys) => keys.create({ owner: 'first', role: 'admin' }));
  expect((await fetch(`${open.url}/v1/transactions`)).status).toBe(200);
  await open.close();

  // A key that is revoked has been configured: nobody who revokes his last one wants to be open.
  await withKeys((keys) => keys.revoke(id));
  const closed = await start({ HOST: '0.0.0.0' });
  const url = closed.url.replace('0.0.0.0', '127.0.0.1');
  expect((await fetch(`${url}/v1/transactions`)).status).toBe(401);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  await closed.close();
});

test('JWKS_URL alone closes it, too, and its tokens are taken beside the keys', async () => {
  const server = new KeyServer();
  await server.start();
  const settings = { JWKS_URL: server.url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE };
  const empty = await testDatabase();
  const closed = await start({ HOST: '0.0.0.0', DATABASE_URL: empty.url, ...settings });
  const url = `${closed.url.replace('0.0.0.0', '127.0.0.1')}/v1/transactions`;
  const { text } = await withKeys((keys) => keys.create({ owner: 'shop', role: 'viewer' }), empty.url);
  const statusOf = async (credential: string) =>
    (await fetch(url, { headers: { authorization: `Bearer ${credential}` } })).status;
  expect(await statusOf('')).toBe(401);
  expect(await statusOf(await server.token())).toBe(200);
  expect(await statusOf(await server.token({ holdfast_role: 'initiator' }))).toBe(403);
  expect(await statusOf(text)).toBe(200);
  await closed.close();
  await empty.drop();
  await server.stop();
});

test.each([
  [{ JWKS_URL: 'https://issuer.example/keys' }, 'JWT_ISSUER must be given; JWT_AUDIENCE must be given'],
  [{ JWKS_URL: 'http://issuer.example/keys', JWT_ISSUER: 'x', JWT_AUDIENCE: 'y' }, 'must be https'],
])('settings that would let strangers in stop the start: %j', async (settings, fault) => {
  await expect(start(settings)).rejects.toThrow(fault);
});
