import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest, agreeable } from '../coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start());
afterAll(() => coordinator.stop());
beforeEach(() => {
  for (const participant of coordinator.participants.values()) participant.script = agreeable;
});

test('the frozen ledger tells what is held, for which transaction and since when', async () => {
  coordinator.participant('p').script = (command) =>
    command.operation === 'confirm' ? undefined : agreeable(command);
  const given = { name: 'held', reference: 'order-7' };
  const { xid } = (await coordinator.declare(['p', 'q'], '?wait=decided', given)).body;
  const frozen = async () => (await coordinator.get('/v1/frozen?participant=p')).body.items;
  expect(await frozen()).toMatchObject([
    {
      ...{ xid, ...given, branchId: '1', participant: 'p', resource: 'p.reserve' },
      ...{ phase: 'confirming', state: 'confirming', reservation: { held: { n: 0 } }, forced: false },
    },
  ]);
  expect((await coordinator.get('/v1/frozen?olderThan=1h')).body.items).toEqual([]);
  const first = await coordinator.get('/v1/frozen?limit=1');
  const next = await coordinator.get(`/v1/frozen?limit=1&cursor=${first.body.next}`);
  expect(next.status).toBe(200);
  coordinator.participant('p').script = agreeable;
  await coordinator.post(`/v1/transactions/${xid}/actions/retry`, { reason: 'it is back' });
  await until(async () => (await frozen()).length === 0, { what: 'nothing held' });
});

test('participants are shown with what they take, paused and resumed, each audited', async () => {
  const read = async () => {
    const { items } = (await coordinator.get('/v1/participants')).body;
    return (items as unknown as { participant: string }[]).find(({ participant }) => participant === 'q');
  };
  expect(await read()).toMatchObject({
    ...{ participant: 'q', paused: null, setAside: false },
    resources: [{ resource: 'q.reserve', sdkVersion: 'test', schemaHash: 'a'.repeat(64) }],
  });
  const act = (action: string, reason: string, name = 'q') =>
    coordinator.post(`/v1/participants/${name}/actions/${action}`, { reason });
  const paused = await act('pause', 'stocktaking');
  expect(paused).toMatchObject({
    status: 200,
    body: { participant: 'q', paused: { actor: 'anybody', reason: 'stocktaking' } },
  });
  expect(await act('pause', 'again')).toMatchObject({ body: paused.body });
  const refused = await coordinator.declare(['q']);
  expect(refused).toMatchObject({ status: 409, body: { code: 'PARTICIPANT_PAUSED' } });
  expect(await act('resume', 'counted')).toMatchObject({ status: 200, body: { paused: null } });
  expect((await coordinator.declare(['q'], '?wait=ended')).body.phase).toBe('confirmed');
  const { items } = (await coordinator.get('/v1/audit?participant=q')).body;
  expect(items).toMatchObject([
    { action: 'resume-participant', reason: 'counted', result: 'applied', xid: null },
    { action: 'pause-participant', reason: 'again', result: 'unchanged' },
    { action: 'pause-participant', reason: 'stocktaking', result: 'applied', actor: 'anybody' },
  ]);
  const stranger = await act('pause', 'who?', 'stranger');
  expect(stranger).toMatchObject({ status: 404, body: { code: 'PARTICIPANT_NOT_FOUND' } });
});
