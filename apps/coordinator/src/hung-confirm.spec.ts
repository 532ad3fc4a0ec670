import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MESSAGE_TYPE_HEADER, decode, topics } from '@holdfast/protocol';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest, agreeable } from './coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start(['p'], { HUNG_AFTER_ATTEMPTS: '2' }));
afterAll(() => coordinator.stop());

/** The notices about a transaction on the event topic. */
function noticesOf(xid: string) {
  return coordinator.broker
    .messages(topics().event)
    .filter(({ headers }) => headers[MESSAGE_TYPE_HEADER] === 'holdfast.notice')
    .map(({ headers, value }) => decode(['holdfast.notice'], headers, value).body)
    .filter((notice) => notice.xid === xid);
}

async function isInMetric(): Promise<boolean> {
  const { service } = coordinator.services[0] as (typeof coordinator.services)[0];
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  return metrics.includes('holdfast_transactions_hung{code="HANDLER_FAILING"} 1\n');
}

test('a hung Confirm is in the metric and on the event topic within a second of being marked', async () => {
  coordinator.participant('p').script = (command) =>
    command.operation === 'confirm'
      ? { outcome: 'failed', operation: 'confirm', code: 'CARD_DECLINED', message: 'no' }
      : agreeable(command);
  const { body } = await coordinator.declare(['p'], '?wait=decided');
  await until(isInMetric, { what: 'the metric' });
  const seenAt = Date.now();
  const { body: detail } = await coordinator.get(`/v1/transactions/${body.xid}`);
  const sinceMs = Date.parse(detail.hung?.since ?? '');
  expect([detail.hung?.code, seenAt - sinceMs < 1_000]).toEqual(['HANDLER_FAILING', true]);
  expect(noticesOf(body.xid)).toMatchObject([{ type: 'hung', code: 'HANDLER_FAILING' }]);
  const { body: told } = await coordinator.get(`/v1/transactions/${body.xid}/explain`);
  expect(told.branches).toMatchObject([
    {
      ...{ branchId: '1', operation: 'confirm', runbook: expect.stringContaining('docs/runbooks/') },
      ...{ lastError: { code: 'CARD_DECLINED' }, nextAt: expect.any(String) },
    },
  ]);
});
