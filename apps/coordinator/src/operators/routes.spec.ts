import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { ACCESS_RULES } from '../access/access-rules.js';
import { CoordinatorUnderTest, agreeable } from '../coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start());
afterAll(() => coordinator.stop());

const routes = Object.keys(ACCESS_RULES).map((route) => route.split(' ') as [string, string]);
/** Answers of these are no JSON, or have no end. */
const OTHERS = ['/metrics', '/v1/stream', '/openapi.json'];

/** What stands in all tables that a request may change. */
async function books(): Promise<unknown> {
  // Who answers is told there as time goes by.
  const held = '(select name, paused_at from participants where paused_at is not null)';
  const tables = ['transactions', 'audit', held, 'batches', 'batch_items'];
  return Promise.all(tables.map((table) => coordinator.sql(`select * from ${table} as t order by t::text`)));
}

test('peer defect 25: no GET changes anything', async () => {
  const p = coordinator.participant('p');
  p.script = (command) => (command.operation === 'confirm' ? undefined : agreeable(command));
  const { xid } = (await coordinator.declare(['p'], '?wait=decided')).body;
  await until(() => p.sent(xid, 'confirm').length > 0, { what: 'the Confirm' });
  // Nothing happens to it by itself.
  await coordinator.post(`/v1/transactions/${xid}/actions/pause`, { reason: 'a test' });
  const batch = { selection: { xids: [xid] }, action: 'pause', reason: 'a test' };
  const { batchId } = (await coordinator.post('/v1/batches', batch)).body;
  const path = (pattern: string) =>
    pattern.replace(':xid', xid).replace(':batchId', batchId).replace(':participant', 'p');
  const ended = async () => (await coordinator.get(`/v1/batches/${batchId}`)).body.endedAt;
  await until(ended, { what: 'the end of the batch' });
  const before = await books();
  for (const [method, pattern] of routes) {
    if (method !== 'GET' || OTHERS.includes(pattern)) continue;
    expect([pattern, (await coordinator.get(path(pattern))).status]).toEqual([pattern, 200]);
  }
  expect(await books()).toEqual(before);
});

test('peer defect 6: no route deletes or sets a status: what is done has a name, and a reason', async () => {
  expect(routes.filter(([method]) => method !== 'GET' && method !== 'POST')).toEqual([]);
  const actions = routes.filter(([, pattern]) => /\/actions\/(?!begin|confirm|tried|refused)/.test(pattern));
  expect(actions.length).toBeGreaterThan(5);
  const xid = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';
  for (const [method, pattern] of actions) {
    const path = pattern.replace(':xid', xid).replace(':batchId', xid).replace(':participant', 'p');
    if (path.endsWith('/cancel')) continue;
    const { status, body } = await coordinator.request(method, path, { reason: '' });
    expect([path, status, body.errors.map((error) => error.path)]).toEqual([
      path,
      422,
      expect.arrayContaining(['/reason']),
    ]);
  }
});
