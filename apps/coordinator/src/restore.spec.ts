import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MemoryBus } from '@holdfast/bus';
import { encode, topics } from '@holdfast/protocol';
import type { Command, Operation } from '@holdfast/protocol';
import { newXid, until } from '@holdfast/testing';
import { backUp, restore } from './backup.suite.js';
import { Bookkeeper } from './bookkeeper.suite.js';
import { CoordinatorUnderTest, agreeable } from './coordinator-under-test.suite.js';
import type { Script } from './coordinator-under-test.suite.js';

const RUNBOOK = new URL('../../../docs/runbooks/restore.md', import.meta.url);
const AVAILABLE = 1_000;
const REASON = { reason: 'restored, checked' };
const names = topics();

const coordinator = new CoordinatorUnderTest();
let bus: MemoryBus;
let ledger: Bookkeeper;
let till: Bookkeeper;

beforeAll(async () => {
  await coordinator.start(['p']);
  [ledger, till] = await Promise.all([
    Bookkeeper.start('ledger', coordinator.broker, AVAILABLE),
    Bookkeeper.start('till', coordinator.broker, AVAILABLE),
  ]);
  bus = new MemoryBus(coordinator.broker);
  const announced = async () => (await coordinator.sql('select from resources')).length === 3;
  await until(announced, { what: 'the announcements' });
});

afterAll(async () => {
  await coordinator.stop();
  await bus.close();
  await Promise.all([ledger.stop(), till.stop()]);
});

const elsewhere = (text: string, values?: unknown[]) => ledger.sql(text, values);
const p = () => coordinator.participant('p');
const act = (xid: string, action: string, body: object, headers = {}) =>
  coordinator.post(`/v1/transactions/${xid}/actions/${action}`, body, headers);

const silent: Script = () => undefined;
const soldOut: Script = (command) =>
  command.operation === 'try'
    ? { outcome: 'refused', code: 'SOLD_OUT', message: 'none' }
    : agreeable(command);
const unconfirmed: Script = (command) => (command.operation === 'confirm' ? undefined : agreeable(command));

/** Declares a transaction whose branch at `p` stops there, and waits until it has got so far. */
async function stopsAt(operation: Operation, script: Script): Promise<string> {
  p().script = script;
  const { xid } = (await coordinator.declare(['p', 'ledger', 'till'])).body;
  await until(() => p().sent(xid, operation).length > 0, { what: `the ${operation}` });
  await until(async () => (await fencesOf(xid)).length === 2, { what: 'its fences' });
  return xid;
}

async function interactive(): Promise<string> {
  const { xid } = (await coordinator.post('/v1/transactions', { name: 'interactive' })).body;
  for (const [branchId, participant] of [
    ['a', 'ledger'],
    ['b', 'till'],
  ] as const) {
    const branch = { branchId, participant, resource: `${participant}.reserve`, input: { n: 3 } };
    await coordinator.post(`/v1/transactions/${xid}/branches?wait=tried`, branch);
  }
  return xid;
}

const fencesOf = async (xid: string): Promise<string[]> =>
  (await Promise.all([ledger, till].map((book) => book.fences()))).flatMap((fences) => fences.get(xid) ?? []);

const phases = async () => {
  const rows = await coordinator.sql<{ xid: string; phase: string }>('select xid, phase from transactions');
  return new Map(rows.map(({ xid, phase }) => [xid, phase]));
};
const allEnded = async () =>
  (await coordinator.sql('select from transactions where ended_at is null')).length === 0;

/** What only participants know of, since the coordinator that sent it is gone with its rows; said until it is done. */
async function tell(book: Bookkeeper, xid: string, operation: 'try' | 'confirm'): Promise<void> {
  const participant = book === ledger ? 'ledger' : 'till';
  const command = {
    ...{ v: 1, xid, branchId: participant, resource: `${participant}.reserve`, operation, attempt: 1 },
    ...{ issuedAt: Date.now(), replyPartition: 0, ...(operation === 'try' && { input: { n: 5 } }) },
    ...(operation === 'try' && { deadlineAt: Date.now() + 30_000 }),
  } as Command;
  const message = { topic: names.command(participant), ...encode('holdfast.command', command, xid) };
  const isDone = async () => {
    await bus.publish([message]);
    return (await book.fences()).get(xid) === (operation === 'try' ? 'tried' : 'confirmed');
  };
  await until(isDone, { what: `the ${operation} of ${participant}`, intervalMs: 50 });
}

/** Transactions of which participants know and the database that is lost alone: one confirmed by half, one just tried. */
async function losesSome(): Promise<{ half: string; tried: string }> {
  const [half, tried] = [newXid(), newXid()];
  for (const xid of [half, tried]) for (const book of [ledger, till]) await tell(book, xid, 'try');
  await tell(ledger, half, 'confirm');
  return { half, tried };
}

async function stopCoordinator(): Promise<void> {
  for (const { service } of coordinator.services.splice(0)) await service.close();
}

/** Steps 1 and 2, with what the runbook pauses by. */
async function bringBack(pause: string): Promise<void> {
  await stopCoordinator();
  await restore(coordinator.databaseUrl, elsewhere);
  // The backup is hours old.
  await coordinator.sql(
    `update transactions set deadline_at = now() - interval '1 h' where phase = 'trying'`,
  );
  await coordinator.sql(pause);
}

const askAboutAll = () => Promise.all([ledger, till].map((book) => book.ask()));

/**
 * A contradiction: confirmed by its participants, and not by the backup, where it is cancelled now. Its books are
 * brought by hand to what was decided, and its branches ended by force while it is paused.
 */
async function settleByHand(xid: string): Promise<void> {
  const path = `/v1/transactions/${xid}`;
  expect((await act(xid, 'cancel', {})).body).toMatchObject({ phase: 'cancelling' });
  expect(await fencesOf(xid)).toEqual(['confirmed', 'confirmed']);
  for (const book of [ledger, till])
    await book.sql('update books set settled = settled - 3, available = available + 3');
  for (const branchId of ['a', 'b']) {
    const headers = { 'if-match': (await coordinator.get(path)).headers.get('etag') ?? '' };
    const order = { branchId, ...REASON, evidence: 'Given back by hand.' };
    expect(await act(xid, 'force-resolve', order, headers)).toMatchObject({ status: 200 });
  }
  expect((await coordinator.get(path)).body).toMatchObject({ endedAt: null, contradicted: false });
}

test('I1, I8, I9: the runbook brings a coordinator back from a backup that lacks what came after it', async () => {
  const [pause = '', look = '', confirm = ''] = [
    ...(await readFile(RUNBOOK, 'utf8')).matchAll(/```sql\n(.*?)```/gs),
  ].map(([, sql]) => sql);
  const lateYes = await stopsAt('try', silent);
  const lateNo = await stopsAt('try', silent);
  const cancelled = await stopsAt('try', silent);
  await act(cancelled, 'cancel', {});
  const confirming = await stopsAt('confirm', unconfirmed);
  const [chosen, turned] = [await interactive(), await interactive()];
  const open = [lateYes, lateNo, cancelled, confirming, chosen, turned];
  await backUp(coordinator.databaseUrl, elsewhere);

  // Things move on: all of it ends, more comes, and of that some is in the middle when the database is lost.
  p().script = agreeable;
  const { xid: unheardOf } = (await coordinator.declare(['p', 'ledger', 'till'], '?wait=ended')).body;
  for (const xid of [chosen, turned])
    expect((await act(xid, 'confirm', { branchIds: ['a', 'b'] })).status).toBeLessThan(300);
  for (const command of [...p().commands].filter(({ xid }) => open.includes(xid))) {
    const answer = (command.xid === lateNo ? soldOut : agreeable)(command);
    if (answer) await p().reply(command, answer);
  }
  p().script = (command) => (command.xid === lateNo ? soldOut : agreeable)(command);
  await until(allEnded, { what: 'all to end', timeoutMs: 20_000 });
  const { half, tried } = await losesSome();
  const before = await phases();
  expect(open.map((xid) => before.get(xid))).toEqual([
    ...['confirmed', 'cancelled', 'cancelled', 'confirmed', 'confirmed', 'confirmed'],
  ]);

  await bringBack(pause);
  const told = () => p().commands.filter(({ xid }) => open.includes(xid)).length;
  const toldBefore = told();
  await coordinator.startCoordinator({ INQUIRY: 'off' });
  await askAboutAll();
  const { body: fresh } = await coordinator.declare(['p', 'ledger', 'till'], '?wait=ended');
  expect(fresh.phase).toBe('confirmed');
  expect(told()).toBe(toldBefore);
  const { body: list } = await coordinator.get('/v1/transactions');
  expect(list.items.map(({ xid }) => xid).sort()).toEqual([...open].sort());

  const seen = await ledger.sql<{ xid: string; state: string }>(look);
  expect(seen).toEqual(expect.arrayContaining([expect.objectContaining({ xid: half, state: 'confirmed' })]));
  await settleByHand(turned);
  for (const xid of open) expect((await act(xid, 'resume', REASON)).status).toBe(200);
  await act(chosen, 'confirm', { branchIds: ['a', 'b'] });
  await until(allEnded, { what: 'all to end again', timeoutMs: 20_000 });
  const after = await phases();
  const agreed = open.filter((xid) => xid !== turned);
  expect(agreed.map((xid) => after.get(xid))).toEqual(agreed.map((xid) => before.get(xid)));
  const { body: contradiction } = await coordinator.get(`/v1/transactions/${turned}`);
  expect(contradiction).toMatchObject({ phase: 'cancelled', forced: true, contradicted: true });
  expect(after.has(unheardOf)).toBe(false);

  expect(await fencesOf(half)).toEqual(['confirmed', 'tried']);
  await till.sql('update books set frozen = frozen - 5, settled = settled + 5');
  await till.sql(confirm.replace('XID', half).replace('BRANCH', 'till'));
  await stopCoordinator();
  await coordinator.startCoordinator();
  // A handler fails at times, so they ask until it has worked.
  const areGivenBack = async () => {
    await askAboutAll();
    return (await fencesOf(tried)).every((state) => state === 'cancelled');
  };
  await until(areGivenBack, { what: 'the rest to be given back', intervalMs: 100 });
  expect(await fencesOf(half)).toEqual(['confirmed', 'confirmed']);
  await expectSoundBooks();
});

/** Nothing is confirmed here and cancelled there, nothing is frozen, and nothing is lost. */
async function expectSoundBooks(): Promise<void> {
  const xids = new Set(
    (await Promise.all([ledger, till].map((book) => book.fences()))).flatMap((f) => [...f.keys()]),
  );
  for (const xid of xids) expect(new Set(await fencesOf(xid)).size).toBe(1);
  for (const book of [ledger, till]) {
    const { available, frozen, settled } = await book.books();
    expect({ frozen, total: available + settled }).toEqual({ frozen: 0, total: AVAILABLE });
  }
}
