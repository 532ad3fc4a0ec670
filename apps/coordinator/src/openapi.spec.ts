import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CoordinatorUnderTest } from './coordinator-under-test.suite.js';

const FILE = new URL('../../../docs/openapi.json', import.meta.url);

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start([]));
afterAll(() => coordinator.stop());

test('docs/openapi.json is what the coordinator serves; `npm run openapi` writes it anew', async () => {
  const { body } = await coordinator.get('/openapi.json');
  const served = `${JSON.stringify(body, null, 2)}\n`;
  if (process.env.WRITE_OPENAPI) await writeFile(FILE, served);
  expect(await readFile(FILE, 'utf8')).toBe(served);
});

test('an answer that the document does not describe fails the test that got it', async () => {
  const check = await coordinator.answerCheck();
  const list = { items: [], next: null };
  check.expect('GET', '/v1/transactions', 200, 'application/json', list);
  const wrong = () => check.expect('GET', '/v1/transactions', 200, 'application/json', { items: 1 });
  expect(wrong).toThrow('GET /v1/transactions 200 application/json does not fit');
  const unknown = () => check.expect('GET', '/v1/transactions', 302, 'application/json', list);
  expect(unknown).toThrow('does not know GET /v1/transactions 3XX');
});
