import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Command } from '@holdfast/protocol';
import { until } from '@holdfast/testing';
import { backUp, restore } from './backup.suite.js';
import { Bookkeeper } from './bookkeeper.suite.js';
import { CoordinatorUnderTest, agreeable } from './coordinator-under-test.suite.js';

const RUNBOOK = new URL('../../../docs/runbooks/restore.md', import.meta.url);
const AVAILABLE = 1_000;
const REASON = { reason: 'restored from a backup' };
/** The ledger's, in all transactions here; it reserves 1. */
const BRANCH = '2';

const coordinator = new CoordinatorUnderTest();
let ledger: Bookkeeper;
/** What `p` says to the Try of each transaction; nothing as long as it does not stand here. */
const answers = new Map<string, 'yes' | 'no'>();

function answer(command: Command) {
  const said = answers.get(command.xid);
  if (command.operation !== 'try' || said === 'yes') return said && agreeable(command);
  return said && ({ outcome: 'refused', code: 'SOLD_OUT', message: 'none' } as const);
}

beforeAll(async () => {
  await coordinator.start(['p']);
  coordinator.participant('p').script = answer;
  ledger = await Bookkeeper.start('ledger', coordinator.broker, AVAILABLE);
  const announced = async () => (await coordinator.sql('select from resources')).length === 2;
  await until(announced, { what: 'the announcements' });
});
afterAll(async () => {
  await coordinator.stop();
  await ledger.stop();
});

const elsewhere = (text: string, values?: unknown[]) => coordinator.sql(text, values);
const read = async (xid: string) => (await coordinator.get(`/v1/transactions/${xid}`)).body;
const isTried = async (xid: string) => (await ledger.fences()).get(xid) === 'tried';
const hasEnded = async (xid: string) => (await read(xid)).endedAt !== null;
const untilEach = (xids: readonly string[], holds: (xid: string) => Promise<boolean>, what: string) =>
  until(async () => (await Promise.all(xids.map(holds))).every(Boolean), { what, timeoutMs: 20_000 });
/** What an operator does to the ledger's own rows. */
const settle = (from: 'available' | 'frozen') =>
  ledger.sql(`update books set ${from} = ${from} - 1, settled = settled + 1`);
const setPaused = (action: 'pause' | 'resume') =>
  coordinator.post(`/v1/participants/ledger/actions/${action}`, REASON);

/** Undecided ones: the ledger has tried, `p` has not answered. */
async function tried(count: number): Promise<string[]> {
  const begun = await Promise.all(
    Array.from({ length: count }, () => coordinator.declare(['p', 'ledger'], '', { timeout: '10m' })),
  );
  const xids = begun.map(({ body }) => body.xid);
  await untilEach(xids, isTried, 'the Tries');
  return xids;
}

async function decide(said: 'yes' | 'no', ...xids: string[]): Promise<void> {
  const p = coordinator.participant('p');
  for (const xid of xids) {
    answers.set(xid, said);
    const [command] = await until(() => p.sent(xid, 'try'), { what: 'the Try' });
    await p.reply(command as Command, answer(command as Command) ?? {});
  }
}

/** What has ended since the backup, and what is open, by the lists of the runbook. */
async function known(): Promise<Record<string, string>> {
  const [after, before] = [-3_600_000, 60_000].map((ms) => new Date(Date.now() + ms).toISOString());
  const lists = ['', `&endedAfter=${after}&endedBefore=${before}`].map((window) =>
    coordinator.get(`/v1/transactions?participant=ledger${window}`),
  );
  const items = (await Promise.all(lists)).flatMap(({ body }) => body.items);
  return Object.fromEntries(items.map(({ xid, phase }) => [xid, phase]));
}

async function endByForce(xid: string): Promise<void> {
  const path = `/v1/transactions/${xid}`;
  const headers = { 'if-match': (await coordinator.get(path)).headers.get('etag') ?? '' };
  const order = { branchId: BRANCH, ...REASON, evidence: 'Booked again by hand.' };
  expect(await coordinator.post(`${path}/actions/force-resolve`, order, headers)).toMatchObject({
    status: 200,
  });
  await untilEach([xid], hasEnded, 'the end');
}

test('I8, I9, I12: the runbook brings a participant back from a backup that lacks what came after it', async () => {
  const [, , confirm = ''] = [...(await readFile(RUNBOOK, 'utf8')).matchAll(/```sql\n(.*?)```/gs)].map(
    ([, sql]) => sql,
  );
  const confirmByHand = async (xid: string) => {
    await settle('frozen');
    await ledger.sql(confirm.replace('XID', xid).replace('BRANCH', BRANCH));
  };
  const [confirmed = '', overlooked = '', cancelled = '', open = ''] = await tried(4);
  await ledger.end();
  await backUp(ledger.databaseUrl, elsewhere);
  await ledger.begin();

  // Things move on.
  const [lost = '', lostTry = '', lostNo = ''] = await tried(3);
  await decide('yes', confirmed, overlooked, lost);
  await decide('no', cancelled);
  await untilEach([confirmed, overlooked, lost, cancelled], hasEnded, 'the ends');

  // Steps 1 and 2.
  await setPaused('pause');
  await ledger.end();
  await restore(ledger.databaseUrl, elsewhere);
  await ledger.begin();
  await decide('yes', open, lostTry);
  await decide('no', lostNo);
  await ledger.ask();

  // Step 3.
  await untilEach([open, lostTry, lostNo], async (xid) => (await read(xid)).decidedAt !== null, 'decisions');
  expect(await known()).toEqual({
    ...{ [confirmed]: 'confirmed', [overlooked]: 'confirmed', [lost]: 'confirmed', [cancelled]: 'cancelled' },
    ...{ [open]: 'confirming', [lostTry]: 'confirming', [lostNo]: 'cancelling' },
  });
  for (const xid of [confirmed, overlooked, cancelled, open]) expect(await isTried(xid)).toBe(true);
  await confirmByHand(confirmed);
  await settle('available');

  // Step 4; what was overlooked ended longer ago than clocks may differ.
  await coordinator.sql(`update transactions set ended_at = ended_at - interval '2 min' where xid = $1`, [
    overlooked,
  ]);
  await setPaused('resume');
  await untilEach([open, lostNo], hasEnded, 'the ends of what was open');
  const isGivenBack = async () => {
    await ledger.ask();
    return !(await isTried(cancelled));
  };
  await until(isGivenBack, { what: 'what is cancelled to be given back', intervalMs: 100 });

  // Step 5.
  await untilEach([overlooked, lostTry], async (xid) => (await read(xid)).contradicted, 'the contradictions');
  await confirmByHand(overlooked);
  await settle('available');
  await endByForce(lostTry);
  expect(await read(lostTry)).toMatchObject({ phase: 'confirmed', forced: true });
  expect(await ledger.books()).toEqual({ available: AVAILABLE - 5, frozen: 0, settled: 5 });
});
