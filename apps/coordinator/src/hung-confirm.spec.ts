import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MESSAGE_TYPE_HEADER, decode, topics } from '@holdfast/protocol';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest, agreeable } from './coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(async () => {
  await coordinator.start(['p'], { HUNG_AFTER_ATTEMPTS: '2' });
  await coordinator.startCoordinator({ HUNG_AFTER_ATTEMPTS: '2' });
});
afterAll(() => coordinator.stop());

/** The notices about a transaction on the event topic. */
function noticesOf(xid: string) {
  return coordinator.broker
    .messages(topics().event)
    .filter(({ headers }) => headers[MESSAGE_TYPE_HEADER] === 'holdfast.notice')
    .map(({ headers, value }) => decode(['holdfast.notice'], headers, value).body)
    .filter((notice) => notice.xid === xid);
}

/** What hangs, as the coordinator tells it that speaks for all: the one that was started first. */
const hanging = () => coordinator.metric('holdfast_transactions_hung{code="HANDLER_FAILING"}');

test.each([
  ['that speaks for all', 0],
  ['that does not', 1],
])(
  'a hung Confirm of the coordinator %s is in the metric and on the event topic within a second',
  async (_, at) => {
    coordinator.participant('p').script = (command) =>
      command.operation === 'confirm'
        ? { outcome: 'failed', operation: 'confirm', code: 'CARD_DECLINED', message: 'no' }
        : agreeable(command);
    expect(await coordinator.metric('holdfast_transactions_unresolved{phase="trying"}', at)).toBe(
      at === 0 ? 0 : undefined,
    );
    const before = (await hanging()) ?? NaN;
    const branches = [{ participant: 'p', resource: 'p.reserve', input: { n: 1 } }];
    const { body } = await coordinator.post(
      '/v1/transactions?wait=decided',
      { name: 'hangs', branches },
      {},
      at,
    );
    const { since, code } = await until(
      async () => (await coordinator.get(`/v1/transactions/${body.xid}`)).body.hung,
      { what: 'the mark' },
    );
    // Whatever is saved stands in the next scrape, and the rest after the last one is far shorter than a second.
    await until(async () => (await hanging()) === before + 1, { what: 'the metric', timeoutMs: 1_000 });
    await until(() => noticesOf(body.xid).length > 0, { what: 'the notice', timeoutMs: 1_000 });
    expect(noticesOf(body.xid)).toMatchObject([{ type: 'hung', code, at: Date.parse(since) }]);
    const { body: told } = await coordinator.get(`/v1/transactions/${body.xid}/explain`);
    expect([code, told.code]).toEqual(['HANDLER_FAILING', 'HANDLER_FAILING']);
    expect(told.branches).toMatchObject([
      {
        ...{ branchId: '1', operation: 'confirm', runbook: expect.stringContaining('docs/runbooks/') },
        ...{ lastError: { code: 'CARD_DECLINED' }, nextAt: expect.any(String) },
      },
    ]);
  },
);
