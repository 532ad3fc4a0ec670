import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest, agreeable } from '../coordinator-under-test.suite.js';
import type { Answer } from '../coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start(['p']));
afterAll(() => coordinator.stop());

const ORDER = { branchId: '1', reason: 'booked by hand', evidence: 'Voucher 2041' };
const acknowledge = (xid: string, order: object = {}): Promise<Answer> =>
  coordinator.post(`/v1/transactions/${xid}/actions/acknowledge`, { ...ORDER, ...order });
const listed = async () => (await coordinator.get('/v1/transactions?contradicted=true')).body.items;
const counted = () => coordinator.metric('holdfast_transactions_hung{code="CONTRADICTION"}');
const codeOf = async (xid: string) => (await coordinator.get(`/v1/transactions/${xid}/explain`)).body.code;
const read = async (xid: string) => (await coordinator.get(`/v1/transactions/${xid}`)).body;

test('I12, I15: a contradiction after the end is counted, listed and explained until somebody says how it was settled', async () => {
  const p = coordinator.participant('p');
  p.script = agreeable;
  const { xid } = (await coordinator.declare(['p'], '?wait=ended')).body;
  expect([await counted(), await listed(), await codeOf(xid)]).toEqual([0, [], null]);
  const [confirm] = p.sent(xid, 'confirm');
  await p.reply(confirm as never, { outcome: 'cancelled' });
  await until(async () => (await read(xid)).contradicted, { what: 'the contradiction' });

  await until(async () => (await counted()) === 1, { what: 'the metric' });
  expect(await listed()).toMatchObject([{ xid, phase: 'confirmed', contradicted: true }]);
  expect(await codeOf(xid)).toBe('CONTRADICTION');
  expect((await coordinator.get('/v1/transactions')).body.items).toEqual([]);

  expect((await acknowledge(xid, { evidence: ' ' })).status).toBe(422);
  expect((await acknowledge(xid, { branchId: '2' })).body.code).toBe('BRANCH_NOT_FOUND');
  expect(await acknowledge(xid)).toMatchObject({
    status: 200,
    body: { phase: 'confirmed', contradicted: true },
  });
  await until(async () => (await counted()) === 0, { what: 'the metric' });
  expect([await listed(), await codeOf(xid)]).toEqual([[], null]);
  expect((await acknowledge(xid)).status).toBe(200);
  expect((await coordinator.get(`/v1/audit?xid=${xid}`)).body.items).toMatchObject([
    { action: 'acknowledge', result: 'unchanged', ...ORDER },
    { action: 'acknowledge', result: 'applied', ...ORDER },
    { action: 'acknowledge', result: 'BRANCH_NOT_FOUND', branchId: '2' },
  ]);
});

test('what nobody contradicted, or is still asked, cannot be acknowledged', async () => {
  const p = coordinator.participant('p');
  p.script = (command) =>
    command.operation === 'confirm'
      ? { outcome: 'contradiction', operation: 'confirm', fence: 'cancelled' }
      : agreeable(command);
  const { xid } = (await coordinator.declare(['p'], '?wait=decided')).body;
  await until(async () => (await read(xid)).contradicted, { what: 'the contradiction' });
  expect((await acknowledge(xid)).body.code).toBe('BRANCH_STILL_ASKED');
  expect(await listed()).toMatchObject([{ xid, phase: 'confirming' }]);
  p.script = agreeable;
  await coordinator.post(`/v1/transactions/${xid}/actions/retry`, { reason: 'the row was mended' });
  await until(async () => (await read(xid)).phase === 'confirmed', { what: 'the end' });
  expect((await acknowledge(xid)).body.code).toBe('BRANCH_NOT_CONTRADICTED');
  expect(await listed()).toEqual([]);
});
