import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest, agreeable } from './coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(async () => {
  await coordinator.start();
  await coordinator.startCoordinator();
});
afterAll(() => coordinator.stop());
beforeEach(() => {
  for (const participant of coordinator.participants.values()) participant.script = agreeable;
});

const ended = (xid: string, at = 0) => coordinator.get(`/v1/transactions/${xid}?wait=ended&timeout=30s`, at);

test('whoever waits at one is told what the other decided', async () => {
  const xids = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const branches = ['p', 'q'].map((name) => ({
        participant: name,
        resource: `${name}.reserve`,
        input: { n: i },
      }));
      const { body } = await coordinator.post('/v1/transactions', { name: 'test', branches }, {}, i % 2);
      return body.xid;
    }),
  );
  const answers = await Promise.all(xids.map((xid, i) => ended(xid, (i + 1) % 2)));
  expect(answers.map(({ body }) => body.phase)).toEqual(Array(20).fill('confirmed'));
});

test('confirm at the other one than began', async () => {
  const xid = (await coordinator.post('/v1/transactions', { name: 'test' }, {}, 0)).body.xid;
  const branch = { branchId: 'a', participant: 'p', resource: 'p.reserve', input: { n: 1 } };
  await coordinator.post(`/v1/transactions/${xid}/branches?wait=tried`, branch, {}, 1);
  const confirm = `/v1/transactions/${xid}/actions/confirm?wait=ended`;
  expect((await coordinator.post(confirm, { branchIds: ['a'] }, {}, 0)).body.phase).toBe('confirmed');
});

test('I3, I13: confirm and cancel at the same moment at both: one decision, told alike', async () => {
  for (let i = 0; i < 10; i++) {
    const xid = (await coordinator.post('/v1/transactions', { name: 'test' }, {}, 0)).body.xid;
    const branch = { branchId: 'a', participant: 'p', resource: 'p.reserve', input: { n: i } };
    await coordinator.post(`/v1/transactions/${xid}/branches?wait=tried`, branch, {}, 0);
    const [confirm, cancel] = await Promise.all([
      coordinator.post(`/v1/transactions/${xid}/actions/confirm`, { branchIds: ['a'] }, {}, i % 2),
      coordinator.post(`/v1/transactions/${xid}/actions/cancel`, {}, {}, (i + 1) % 2),
    ]);
    expect([confirm.status, cancel.status].sort()).toEqual([200, 409]);
    const { phase } = (await ended(xid)).body;
    expect(phase).toBe(confirm.status === 200 ? 'confirmed' : 'cancelled');
    const commands = coordinator.participant('p').commands.filter((command) => command.xid === xid);
    const settled = new Set(
      commands.map(({ operation }) => operation).filter((operation) => operation !== 'try'),
    );
    expect([...settled]).toEqual([phase === 'confirmed' ? 'confirm' : 'cancel']);
  }
});

test('I7: what a coordinator that dies was doing is taken over and ends', async () => {
  const silent = new Set<string>();
  const deaf = coordinator.participant('q');
  // The second participant says nothing until the coordinator is dead: all of it is in doubt by then.
  let open = false;
  deaf.script = (command) => {
    if (!open) silent.add(command.xid);
    return open ? agreeable(command) : undefined;
  };
  const doomed = await coordinator.startCoordinator();
  const at = coordinator.services.findIndex(({ service }) => service === doomed);
  const xids = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const branches = ['p', 'q'].map((name) => ({
        participant: name,
        resource: `${name}.reserve`,
        input: { n: 1 },
      }));
      return (await coordinator.post('/v1/transactions', { name: 'test', branches }, {}, at)).body['xid'];
    }),
  );
  await until(() => silent.size >= 10, { what: 'all Tries of the second participant' });
  await coordinator.crash(at);
  open = true;
  const takenOverSince = performance.now();
  const answers = await Promise.all(xids.map((xid) => ended(xid)));
  expect(answers.map(({ body }) => body.phase)).toEqual(Array(10).fill('confirmed'));
  expect(performance.now() - takenOverSince).toBeLessThan(20_000);
  expect(await coordinator.sql('select 1 from transactions where ended_at is null')).toEqual([]);
});

test('a coordinator that stops gives its work back at once', async () => {
  const stopping = await coordinator.startCoordinator();
  const at = coordinator.services.findIndex(({ service }) => service === stopping);
  coordinator.participant('q').script = () => undefined;
  const { body } = await coordinator.post(
    '/v1/transactions',
    { name: 'test', branches: [{ participant: 'q', resource: 'q.reserve', input: { n: 1 } }] },
    {},
    at,
  );
  await stopping.close();
  coordinator.services.splice(at, 1);
  coordinator.participant('q').script = agreeable;
  expect((await ended(body.xid)).body.phase).toBe('confirmed');
});
