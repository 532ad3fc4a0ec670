import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deadLetterTopic, decode, encode, topics } from '@holdfast/protocol';
import type { CleanupQuestion, Inquiry, MessageOf, MessageType } from '@holdfast/protocol';
import { newXid, until } from '@holdfast/testing';
import { MemoryBus } from '@holdfast/bus';
import { Bookkeeper } from './bookkeeper.suite.js';
import { CoordinatorUnderTest, agreeable } from './coordinator-under-test.suite.js';

const DAY_MS = 24 * 3_600_000;
const AVAILABLE = 1_000;
const names = topics();

const coordinator = new CoordinatorUnderTest();
/** Participants as the library makes them; `p` does as it is told. */
let books: Bookkeeper[];
let bus: MemoryBus;

beforeAll(async () => {
  await coordinator.start(['p']);
  books = await Promise.all(
    ['ledger', 'till'].map((name) => Bookkeeper.start(name, coordinator.broker, AVAILABLE)),
  );
  bus = new MemoryBus(coordinator.broker);
  await until(async () => (await coordinator.sql('select 1 from resources')).length === 3, {
    what: 'the announcements',
  });
});

afterAll(async () => {
  await bus.close();
  for (const each of books) await each.stop();
  await coordinator.stop();
});

type Asked = Inquiry['branches'][number];
const askedOf = (xid: string, branchId = '1'): Asked => ({
  xid,
  branchId,
  resource: 'p.reserve',
  fence: 'tried',
});

async function say<T extends MessageType>(topic: string, type: T, body: MessageOf<T>): Promise<void> {
  await bus.publish([{ topic, ...encode(type, body, 'key') }]);
}
const inquire = (branches: Asked[], askedAt = Date.now()) =>
  say(names.reply, 'holdfast.inquiry', { v: 1, participant: 'p', askedAt, branches });
const askWhatMayGo = (question: Omit<CleanupQuestion, 'v' | 'participant'>) =>
  say(names.reply, 'holdfast.cleanup-question', { v: 1, participant: 'p', ...question });

/** What `p` was told besides commands. */
function told<T extends 'holdfast.forgotten' | 'holdfast.cleanup-answer'>(type: T): MessageOf<T>[] {
  return coordinator.broker
    .messages(names.command('p'))
    .filter(({ headers }) => headers['ce_type'] === type)
    .map(({ headers, value }) => decode([type], headers, value).body as MessageOf<T>);
}

const p = () => coordinator.participant('p');
const commandsOf = (xid: string) => p().commands.filter((command) => command.xid === xid);

test('what was decided is said again, as old as it is; what is undecided is not answered', async () => {
  p().script = (command) => (command.operation === 'try' ? agreeable(command) : undefined);
  const { body } = await coordinator.declare(['p'], '?wait=decided');
  const open = await coordinator.post('/v1/transactions', { name: 'test' });
  const branch = { branchId: '1', participant: 'p', resource: 'p.reserve', input: { n: 1 } };
  await coordinator.post(`/v1/transactions/${open.body.xid}/branches?wait=tried`, branch);
  const [first] = await until(() => p().sent(body.xid, 'confirm'), { what: 'the Confirm' });
  await inquire([askedOf(open.body.xid), askedOf(body.xid)]);
  await until(() => p().sent(body.xid, 'confirm').length === 2, { what: 'the answer' });
  const [, again] = p().sent(body.xid, 'confirm');
  expect(again).toEqual(first);
  expect(commandsOf(open.body.xid).map(({ operation }) => operation)).toEqual(['try']);
  p().script = agreeable;
  await coordinator.post(`/v1/transactions/${open.body.xid}/actions/cancel`, {});
});

test('a transaction that is not known is cancelled while it is young, and forgotten later; so is a branch not registered', async () => {
  const [young, old] = [newXid(), newXid(Date.now() - 29.5 * DAY_MS - 3_600_000)];
  const ancient = newXid(Date.now() - 30 * DAY_MS);
  const { body } = await coordinator.declare(['p'], '?wait=ended');
  await inquire([askedOf(ancient), askedOf(young), askedOf(old), askedOf(body.xid, 'stray')]);
  await until(() => commandsOf(young).length > 0 && told('holdfast.forgotten').length > 0, {
    what: 'answers',
  });
  const cancels = p().commands.filter(
    ({ xid, branchId }) => [young, old].includes(xid) || branchId === 'stray',
  );
  expect(cancels.map(({ xid, operation, resource }) => `${operation} ${resource} ${xid}`).sort()).toEqual(
    [young, old, body.xid].map((xid) => `cancel p.reserve ${xid}`).sort(),
  );
  expect(told('holdfast.forgotten')).toEqual([{ v: 1, branches: [{ xid: ancient, branchId: '1' }] }]);
});

test('I12: a branch that is frozen although its Confirm was acknowledged is a contradiction, and is not settled', async () => {
  const { body } = await coordinator.declare(['p'], '?wait=ended');
  await inquire([askedOf(body.xid)], Date.now() + 120_000);
  const contradicted = () =>
    coordinator.sql(`select from transactions where xid = $1 and progress::text like '%contradicted%'`, [
      body.xid,
    ]);
  await until(async () => (await contradicted()).length === 1, { what: 'the contradiction' });
  expect(p().sent(body.xid, 'confirm')).toHaveLength(1);
});

test('only rows of what ended long enough ago, or is forgotten, may go', async () => {
  const [longEnded, justEnded] = (await Promise.all(
    [1, 2].map(async () => (await coordinator.declare(['p'], '?wait=ended')).body.xid),
  )) as [string, string];
  const open = (await coordinator.post('/v1/transactions', { name: 'test' })).body.xid;
  await coordinator.sql(`update transactions set ended_at = ended_at - interval '8 days' where xid = $1`, [
    longEnded,
  ]);
  const [ancient, young] = [newXid(Date.now() - 30 * DAY_MS), newXid(Date.now() - 8 * DAY_MS)];
  const branches = [longEnded, justEnded, open, ancient, young].map((xid) => ({ xid, branchId: '1' }));
  await askWhatMayGo({ endedForMs: 7 * DAY_MS, branches });
  const answers = () =>
    told('holdfast.cleanup-answer').map((answer) => answer.branches.map(({ xid }) => xid));
  await until(() => answers().length === 1, { what: 'the answer' });
  expect(answers()).toEqual([[longEnded, ancient]]);
  // Beyond what history remembers, nothing is known to have ended that long ago.
  await coordinator.sql(`update transactions set ended_at = ended_at - interval '90 days' where xid = $1`, [
    justEnded,
  ]);
  await askWhatMayGo({ endedForMs: 60 * DAY_MS, branches });
  await until(() => answers().length === 2, { what: 'the second answer' });
  expect(answers()[1]).toEqual([justEnded]);
});

const standing = async (book: Bookkeeper) => (await book.fences()).size;

test('I9, I10, peer defect 21: what a lost begin left frozen is given back once its participant asks', async () => {
  const [ledger] = books as [Bookkeeper];
  const xid = newXid();
  await say(names.command('ledger'), 'holdfast.command', {
    v: 1,
    xid,
    branchId: '1',
    resource: 'ledger.reserve',
    operation: 'try',
    attempt: 1,
    issuedAt: Date.now(),
    deadlineAt: Date.now() + 30_000,
    replyPartition: 0,
    input: { n: 7 },
  });
  await until(async () => (await ledger.books()).frozen === 7, { what: 'the Try' });
  await ledger.sweep();
  expect(await ledger.books()).toMatchObject({ frozen: 7 });
  await ledger.sql(
    `update holdfast_fence set created_at = now() - interval '1 h', deadline_at = now() - interval '1 h'`,
  );
  await ledger.sql(`update holdfast_fence_watch set seen_to = '-infinity'`);
  await ledger.sweep();
  await until(async () => (await ledger.books()).frozen === 0, { what: 'the Cancel' });
  expect(await ledger.fences()).toEqual(new Map([[xid, 'cancelled']]));
  await ledger.sql('truncate holdfast_fence');
});

/** The same xid, born so much earlier. */
function earlier(xid: string, ms: number): string {
  const birth = (Number.parseInt(xid.slice(0, 8) + xid.slice(9, 13), 16) - ms).toString(16).padStart(12, '0');
  return `${birth.slice(0, 8)}-${birth.slice(8)}${xid.slice(13)}`;
}

test('I14: a replay of the whole topic after the clean-up has no further effect', async () => {
  const shiftMs = 8 * DAY_MS;
  const request = (n: number) => ({
    name: 'replayed',
    branches: ['ledger', 'till'].map((name) => ({
      branchId: name,
      participant: name,
      resource: `${name}.reserve`,
      input: { n: n === 3 && name === 'till' ? 2 * AVAILABLE : n },
    })),
  });
  const begun = await Promise.all([1, 2, 3, 4].map((n) => coordinator.post('/v1/transactions', request(n))));
  const xids = begun.map(({ body }) => body.xid);
  const ended = () =>
    coordinator.sql('select from transactions where ended_at is not null and xid = any ($1)', [xids]);
  await until(async () => (await ended()).length === 4, { what: 'all ends' });
  const settled = { available: AVAILABLE - 7, frozen: 0, settled: 7 };
  for (const each of books) expect(await each.books()).toEqual(settled);
  const sent = books.map((_, i) => {
    const topic = names.command(['ledger', 'till'][i] as string);
    return coordinator.broker
      .messages(topic)
      .map(({ headers, value }) => decode(['holdfast.command'], headers, value).body)
      .filter(({ xid }) => xids.includes(xid))
      .map((body) => ({ topic, body }));
  });

  // Eight days pass, for everything that bears a time.
  const born = [xids, xids.map((xid) => earlier(xid, shiftMs))];
  const shift = (table: string, column: string) =>
    `update ${table} as row set xid = born.earlier, ${column} = ${column} - interval '8 days'
       from unnest($1::uuid[], $2::uuid[]) as born (xid, earlier) where row.xid = born.xid`;
  await coordinator.sql(shift('transactions', 'ended_at'), born);
  for (const each of books) await each.sql(shift('holdfast_fence', 'updated_at'), born);
  for (const each of books) await each.sweep();
  await until(async () => (await Promise.all(books.map(standing))).every((count) => count === 0), {
    what: 'the clean-up',
  });

  const deadLetters = () =>
    ['ledger', 'till'].flatMap((name) => coordinator.broker.messages(deadLetterTopic(names.command(name))))
      .length;
  const before = deadLetters();
  const replies = coordinator.broker.messages(names.reply).length;
  const commands = sent.flat();
  for (const { topic, body } of commands)
    await say(topic, 'holdfast.command', {
      ...body,
      xid: earlier(body.xid, shiftMs),
      issuedAt: body.issuedAt - shiftMs,
    });
  await until(() => deadLetters() - before === commands.length, { what: 'the dead letters' });
  expect(coordinator.broker.messages(names.reply)).toHaveLength(replies);
  for (const each of books) {
    expect(await each.books()).toEqual(settled);
    expect(await standing(each)).toBe(0);
  }
});
