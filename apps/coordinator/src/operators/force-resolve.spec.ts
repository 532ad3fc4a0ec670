import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MESSAGE_TYPE_HEADER, decode, encode, topics } from '@holdfast/protocol';
import type { Notice } from '@holdfast/protocol';
import { MemoryBus } from '@holdfast/bus';
import { until } from '@holdfast/testing';
import { Bookkeeper } from '../bookkeeper.suite.js';
import { CoordinatorUnderTest, agreeable } from '../coordinator-under-test.suite.js';
import type { Answer } from '../coordinator-under-test.suite.js';

const names = topics();
const coordinator = new CoordinatorUnderTest();
/** A participant as the library makes it, with a fence in a database of its own. */
let ledger: Bookkeeper;
beforeAll(async () => {
  await coordinator.start(['p']);
  ledger = await Bookkeeper.start('ledger', coordinator.broker, 100);
  const announced = async () => (await coordinator.sql('select 1 from resources')).length === 2;
  await until(announced, { what: 'the announcement' });
});
afterAll(async () => {
  await ledger.stop();
  await coordinator.stop();
});

const p = () => coordinator.participant('p');
beforeEach(() => {
  p().script = agreeable;
});

const ORDER = { reason: 'the bank has closed the account', evidence: 'Ticket 4711' };
const pathOf = (xid: string, rest = '') => `/v1/transactions/${xid}${rest}`;
const read = async (xid: string) => coordinator.get(pathOf(xid));

/** Ends a branch by force, as whoever has just read the transaction. */
async function force(xid: string, order: object = {}, given = {}): Promise<Answer> {
  const headers = { 'if-match': (await read(xid)).headers.get('etag') ?? '', ...given };
  return coordinator.post(
    pathOf(xid, '/actions/force-resolve'),
    { branchId: '1', ...ORDER, ...order },
    headers,
  );
}

async function untilEnded(xid: string): Promise<void> {
  await until(async () => (await read(xid)).body.endedAt !== null, { what: 'the end' });
}

const audited = async (xid: string) =>
  (await coordinator.get(`/v1/audit?xid=${xid}`)).body.items.toReversed();

function notices(xid: string): Notice['type'][] {
  return coordinator.broker
    .messages(names.event)
    .filter(({ headers }) => headers[MESSAGE_TYPE_HEADER] === 'holdfast.notice')
    .map(({ headers, value }) => decode(['holdfast.notice'], headers, value).body)
    .filter((notice) => notice.xid === xid)
    .map(({ type }) => type);
}

/** One whose Confirm p does not answer. */
async function confirming(): Promise<string> {
  p().script = (command) => (command.operation === 'confirm' ? undefined : agreeable(command));
  const { xid } = (await coordinator.declare(['p'], '?wait=decided')).body;
  await until(() => p().sent(xid, 'confirm').length > 0, { what: 'the Confirm' });
  return xid;
}

test('I9, I15, peer defect 6: a branch whose Confirm keeps failing ends by force, with evidence; what it holds stays listed', async () => {
  await ledger.sql('alter table books add constraint closed check (settled = 0)');
  const request = {
    name: 'forced',
    branches: [{ participant: 'ledger', resource: 'ledger.reserve', input: { n: 7 } }],
  };
  const { xid } = (await coordinator.post('/v1/transactions?wait=decided', request)).body;
  const failed = async () => (await coordinator.get(pathOf(xid, '/explain'))).body.code !== null;
  await until(failed, { what: 'a Confirm that fails' });
  const forced = await force(xid);
  expect(forced).toMatchObject({ status: 200, body: { phase: 'confirming', branches: [{ branchId: '1' }] } });
  await untilEnded(xid);
  await ledger.sql('alter table books drop constraint closed');

  const { body } = await read(xid);
  expect(body).toMatchObject({ phase: 'confirmed', forced: true, contradicted: false });
  expect(body.branches).toMatchObject([{ state: 'forced' }]);
  expect(coordinator.endedEvents(xid)).toMatchObject([{ outcome: 'confirmed', forced: true }]);
  expect(notices(xid)).toContain('forced');
  expect(await audited(xid)).toMatchObject([
    { action: 'force-resolve', actor: 'anybody', branchId: '1', result: 'applied', ...ORDER },
  ]);
  const held = (await coordinator.get('/v1/frozen?participant=ledger')).body.items;
  expect(held).toMatchObject([{ xid, state: 'forced', forced: true, reservation: { n: 7 } }]);
  const history = (await coordinator.get(pathOf(xid, '/history'))).body.items;
  expect(history).toContainEqual(expect.objectContaining({ operation: 'force', outcome: 'done' }));

  // A Confirm that comes only now has no effect any more.
  expect(await ledger.fences()).toEqual(new Map([[xid, 'forced']]));
  const [command] = coordinator.broker
    .messages(names.command('ledger'))
    .map(({ headers, value }) => decode(['holdfast.command'], headers, value).body)
    .filter(({ operation }) => operation === 'confirm');
  const replies = coordinator.broker.messages(names.reply).length;
  const bus = new MemoryBus(coordinator.broker);
  await bus.publish([
    { topic: names.command('ledger'), ...encode('holdfast.command', command as never, xid) },
  ]);
  await until(() => coordinator.broker.messages(names.reply).length > replies, { what: 'the reply' });
  await bus.close();
  expect(await ledger.books()).toEqual({ available: 93, frozen: 7, settled: 0 });
});

test('I15: it needs a reason, evidence, and the state that is meant', async () => {
  const xid = await confirming();
  for (const [missing, path] of [
    [{ reason: ' ' }, '/reason'],
    [{ evidence: ' ' }, '/evidence'],
    [{ branchId: '' }, '/branchId'],
  ] as const) {
    const answer = await force(xid, missing);
    const paths = new Set(answer.body.errors.map((error) => error.path));
    expect([answer.status, ...paths]).toEqual([422, path]);
  }
  expect(await force(xid, {}, { 'if-match': '' })).toMatchObject({ status: 428 });
  expect(await force(xid, {}, { 'if-match': '"other"' })).toMatchObject({ status: 412 });
  expect(p().sent(xid, 'force')).toEqual([]);
  expect(await audited(xid)).toMatchObject([{ result: 'PRECONDITION_FAILED', evidence: 'Ticket 4711' }]);
  await force(xid);
  await untilEnded(xid);
});

test('I3: it is a conflict before the decision and after the end, and never changes the decision', async () => {
  p().script = () => undefined;
  const { xid } = (await coordinator.declare(['p'], '', { timeout: '10m' })).body;
  expect(await force(xid)).toMatchObject({ status: 409, body: { code: 'TRANSACTION_UNDECIDED' } });
  p().script = agreeable;
  await coordinator.post(pathOf(xid, '/actions/retry'), { reason: 'it is back' });
  await untilEnded(xid);
  expect(await force(xid)).toMatchObject({ status: 409, body: { code: 'TRANSACTION_ENDED' } });
  expect((await read(xid)).body).toMatchObject({ phase: 'confirmed', forced: false });
});

test('I12: what the force finds against the decision is raised', async () => {
  const xid = await confirming();
  p().script = () => ({ outcome: 'forced', fence: 'cancelled', settled: true });
  await force(xid);
  await untilEnded(xid);
  expect((await read(xid)).body).toMatchObject({ phase: 'confirmed', forced: true, contradicted: true });
  expect(notices(xid)).toEqual(expect.arrayContaining(['forced', 'contradicted']));
});

test('what has followed by itself ends as ever', async () => {
  const xid = await confirming();
  p().script = () => ({ outcome: 'forced', fence: 'confirmed', settled: true });
  await force(xid);
  await untilEnded(xid);
  expect((await read(xid)).body).toMatchObject({ phase: 'confirmed', forced: false });
});

test('nobody waits for a participant that is gone; should it come back and ask, it is told of the force', async () => {
  const xid = await confirming();
  p().script = () => undefined;
  expect(await force(xid, { participantGone: true })).toMatchObject({ status: 200 });
  await untilEnded(xid);
  expect((await read(xid)).body).toMatchObject({ phase: 'confirmed', forced: true });
  expect(p().sent(xid, 'force')).toEqual([]);
  const evidence = 'The participant is gone for good. Ticket 4711';
  expect(await audited(xid)).toMatchObject([{ evidence }]);

  p().script = (command) => ({ ...agreeable(command), settled: true });
  const bus = new MemoryBus(coordinator.broker);
  const branches = [{ xid, branchId: '1', resource: 'p.reserve', fence: 'tried' as const }];
  const inquiry = { v: 1, participant: 'p', askedAt: Date.now(), branches } as const;
  const question = encode('holdfast.inquiry', inquiry, 'p');
  await bus.publish([{ topic: names.reply, ...question }]);
  await until(() => p().sent(xid, 'force').length === 1, { what: 'the force' });
  await bus.close();
  expect(p().sent(xid, 'force')).toMatchObject([{ decision: 'confirm', evidence: 'Ticket 4711' }]);
  const held = async () => (await coordinator.get('/v1/frozen?participant=p')).body.items;
  await until(async () => (await held()).every((item) => item.xid !== xid), { what: 'its word' });
});

test('I15: only an admin may give a participant up', async () => {
  const xid = await confirming();
  const operator = await coordinator.credential({
    name: 'oscar',
    owner: 'oscar',
    role: 'operator',
    participant: null,
  } as never);
  await coordinator.startCoordinator();
  const body = { branchId: '1', ...ORDER, participantGone: true };
  const headers = { ...operator, 'if-match': (await read(xid)).headers.get('etag') ?? '' };
  const path = pathOf(xid, '/actions/force-resolve');
  const refused = await coordinator.post(path, body, headers, 1);
  expect(refused).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  const allowed = await coordinator.post(path, { ...body, participantGone: false }, headers, 1);
  expect(allowed).toMatchObject({ status: 200 });
});
