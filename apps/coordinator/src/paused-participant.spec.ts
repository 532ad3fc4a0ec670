import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest } from './coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(async () => {
  await coordinator.start();
  await coordinator.startCoordinator();
});
afterAll(() => coordinator.stop());
afterEach(() => setPaused(false));

/** As another coordinator would do it: these two learn of it from the rows. */
async function setPaused(paused: boolean): Promise<void> {
  await coordinator.sql(
    paused
      ? `insert into participants (name, paused_at, paused_by, pause_reason) values ('p', now(), 'alice', 'Stocktaking.')
         on conflict (name) do update set paused_at = now(), paused_by = 'alice', pause_reason = 'Stocktaking.'`
      : `update participants set paused_at = null, paused_by = null, pause_reason = null`,
  );
  const status = paused ? 409 : 201;
  for (const at of [0, 1])
    await until(async () => (await beginOf('p', at)).status === status, {
      what: `a begin with p to be answered ${status} by coordinator ${at}`,
    });
}

const branchOf = (participant: string) => ({
  branchId: 'a',
  participant,
  resource: `${participant}.reserve`,
  input: { n: 1 },
});
const beginOf = (participant: string, at = 0, headers = {}) =>
  coordinator.post('/v1/transactions', { name: 'test', branches: [branchOf(participant)] }, headers, at);

test('a begin that names a paused participant is refused everywhere, one that does not is not', async () => {
  await setPaused(true);
  const { status, body } = await beginOf('p', 1);
  expect([status, body.code]).toEqual([409, 'PARTICIPANT_PAUSED']);
  expect(body.detail).toContain('Participant p is paused');
  expect((await beginOf('q', 1)).status).toBe(201);
});

test('I11: what was begun before the pause is still told to whoever repeats it', async () => {
  const headers = { 'idempotency-key': 'before-the-pause' };
  const { body: first } = await beginOf('p', 0, headers);
  await setPaused(true);
  expect(await beginOf('p', 0, headers)).toMatchObject({ status: 200, body: { xid: first.xid } });
  const other = await coordinator.declare(['p', 'q'], '', {}, headers);
  expect([other.status, other.body.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
  const fresh = await beginOf('p', 0, { 'idempotency-key': 'after-the-pause' });
  expect([fresh.status, fresh.body.code]).toEqual([409, 'PARTICIPANT_PAUSED']);
});

test('a registration is refused likewise, unless the branch stands already', async () => {
  const { xid } = (await coordinator.post('/v1/transactions', { name: 'test' })).body;
  const register = (branch: object) => coordinator.post(`/v1/transactions/${xid}/branches`, branch);
  await register(branchOf('p'));
  await setPaused(true);
  expect((await register(branchOf('p'))).status).toBe(200);
  const second = await register({ ...branchOf('p'), branchId: 'b' });
  expect([second.status, second.body.code]).toEqual([409, 'PARTICIPANT_PAUSED']);
  expect((await register({ ...branchOf('q'), branchId: 'c' })).status).toBe(200);
});

test('what was decided before is held for it alone, until the resume', async () => {
  const { xid } = (await coordinator.post('/v1/transactions', { name: 'test' })).body;
  for (const name of ['p', 'q'])
    await coordinator.post(`/v1/transactions/${xid}/branches?wait=tried`, {
      ...branchOf(name),
      branchId: name,
    });
  await setPaused(true);
  await coordinator.post(`/v1/transactions/${xid}/actions/confirm`, { branchIds: ['p', 'q'] });
  const confirmed = (name: string) => coordinator.participant(name).sent(xid, 'confirm').length;
  await until(() => confirmed('q') === 1, { what: 'the Confirm of q' });
  // Whatever was sent with it would have arrived by the end of one that was begun later.
  await coordinator.declare(['q'], '?wait=ended');
  expect(confirmed('p')).toBe(0);
  await setPaused(false);
  await until(() => confirmed('p') === 1, { what: 'the Confirm of p', timeoutMs: 5_000 });
  expect((await coordinator.get(`/v1/transactions/${xid}?wait=ended`)).body.phase).toBe('confirmed');
});
