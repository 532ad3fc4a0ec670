import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest } from './coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start());
afterAll(() => coordinator.stop());

/** An xid begins with the time of its birth. */
const bornAt = (at: number) =>
  at
    .toString(16)
    .padStart(12, '0')
    .replace(/^(.{8})(.{4})$/, '$1-$2-7000-8000-000000000001');
const OLD_XID = bornAt(Date.now() - 365 * 86_400_000);

test('what ended longer ago than history is kept goes by itself, and is answered as forgotten', async () => {
  await coordinator.sql(
    `insert into transactions (
       xid, version, format, name, declared, phase, began_at, deadline_at, decided_at, ended_at, branches, progress
     ) values ($1, 3, 2, 'old', true, 'confirmed', $2, $2, $2, $2, '[]', '[]')`,
    [OLD_XID, new Date(Date.now() - 364 * 86_400_000)],
  );
  // One that starts looks at once; one that runs looks each minute.
  await coordinator.startCoordinator();
  await until(
    async () => (await coordinator.sql('select from transactions where xid = $1', [OLD_XID])).length === 0,
    {
      what: 'it to be forgotten',
    },
  );
  const { status, body } = await coordinator.get(`/v1/transactions/${OLD_XID}`);
  expect([status, body.code]).toEqual([410, 'TRANSACTION_FORGOTTEN']);
});

test('I11: a begin whose transaction is forgotten is told so, and begins nothing', async () => {
  const headers = { 'idempotency-key': 'last-year' };
  const { body: begun } = await coordinator.declare(['p'], '?wait=ended', {}, headers);
  await coordinator.sql('update idempotency_keys set xid = $1 where xid = $2', [OLD_XID, begun.xid]);
  const { status, body } = await coordinator.declare(['p'], '', {}, headers);
  expect([status, body.code]).toEqual([410, 'TRANSACTION_FORGOTTEN']);
});

test('what is not known and young is not found', async () => {
  expect((await coordinator.get(`/v1/transactions/${bornAt(Date.now())}`)).body.code).toBe(
    'TRANSACTION_NOT_FOUND',
  );
});
