import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { COOLING_OFF_MS_MAX } from '@holdfast/protocol';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest } from './coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start());
afterAll(() => coordinator.stop());

const HOUR_MS = 3_600_000;
const ahead = (ms: number) => new Date(Date.now() + ms).toISOString();

/** One whose branches have all said yes, and which is confirmed at `confirmNotBefore`. */
async function cooling(confirmNotBefore: string): Promise<string> {
  const { body } = await coordinator.declare(['p', 'q'], '', { confirmNotBefore, timeout: '5s' });
  const { xid } = body as { xid: string };
  const isCooling = async () => (await coordinator.get(`/v1/transactions/${xid}`)).body.coolingSince !== null;
  await until(isCooling, { what: 'all to say yes' });
  return xid;
}

test('one that cools off says until when, and a cancel until then is free and sends no Confirm', async () => {
  const confirmNotBefore = ahead(HOUR_MS);
  const xid = await cooling(confirmNotBefore);
  const { body: standing } = await coordinator.get(`/v1/transactions/${xid}`);
  expect(standing).toMatchObject({ phase: 'trying', confirmNotBefore, wakeAt: confirmNotBefore });
  const { body: told } = await coordinator.get(`/v1/transactions/${xid}/explain`);
  expect(told).toMatchObject({
    ...{ code: 'COOLING_OFF', nextAt: confirmNotBefore, runbook: 'docs/runbooks/cooling-off.md' },
    sentence: `All have said yes; it is confirmed at ${confirmNotBefore}, and a cancel is free until then.`,
  });
  const reason = { code: 'CHANGED_MIND', message: 'The customer left.' };
  const { status, body } = await coordinator.post(
    `/v1/transactions/${xid}/actions/cancel?wait=ended`,
    reason,
  );
  expect([status, body.phase]).toEqual([200, 'cancelled']);
  expect(coordinator.participant('p').sent(xid, 'confirm')).toEqual([]);
});

test('it confirms by itself once the time has come, and not before', async () => {
  const confirmNotBefore = ahead(1_000);
  const { body } = await coordinator.declare(['p', 'q'], '?wait=ended', {
    confirmNotBefore,
    timeout: '500ms',
  });
  expect(body.phase).toBe('confirmed');
  expect(Date.parse(body.decidedAt as string)).toBeGreaterThanOrEqual(Date.parse(confirmNotBefore));
});

test('a time too far ahead is refused, and nothing is begun', async () => {
  const confirmNotBefore = ahead(COOLING_OFF_MS_MAX + 60_000);
  const { status, body } = await coordinator.declare(['p'], '', { confirmNotBefore, reference: 'far' });
  expect(status).toBe(422);
  expect(body.errors).toEqual([{ path: '/confirmNotBefore', message: 'must be within 30 days' }]);
  expect(await coordinator.sql("select xid from transactions where reference = 'far'")).toEqual([]);
});
