import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { Bookkeeper } from './bookkeeper.suite.js';
import { CoordinatorUnderTest } from './coordinator-under-test.suite.js';

const AVAILABLE = 10_000;
const TRANSACTIONS = 24;
const NAMES = ['p', 'q'];

const coordinator = new CoordinatorUnderTest({
  seed: 1,
  duplicate: 0.3,
  reorder: 0.5,
  reorderWithinKey: true,
});
let participants: Bookkeeper[];

beforeAll(async () => {
  await coordinator.start([]);
  participants = await Promise.all(
    NAMES.map((name) => Bookkeeper.start(name, coordinator.broker, AVAILABLE)),
  );
  await until(async () => (await coordinator.sql('select 1 from resources')).length === NAMES.length, {
    what: 'the announcements',
  });
  // It reads them when it starts.
  await coordinator.startCoordinator();
});

afterAll(async () => {
  for (const participant of participants) await participant.stop();
  await coordinator.stop();
});

/** What an initiator does that is torn: it confirms at one coordinator and cancels at the other, at the same moment. */
async function runTorn(xid: string, branches: readonly object[], confirmAt: number): Promise<void> {
  const path = `/v1/transactions/${xid}`;
  await Promise.all(
    branches.map((branch, i) => coordinator.post(`${path}/branches?wait=tried&timeout=1s`, branch, {}, i)),
  );
  await Promise.all([
    coordinator.post(`${path}/actions/confirm`, { branchIds: NAMES }, {}, confirmAt),
    coordinator.post(`${path}/actions/cancel`, {}, {}, 1 - confirmAt),
  ]);
}

/** Declared or torn, in turn; every eighth asks for more than there is, of one participant. */
async function run(i: number, timeout: string): Promise<void> {
  const branches = NAMES.map((name) => ({
    branchId: name,
    participant: name,
    resource: `${name}.reserve`,
    input: { n: i % 8 === 7 && name === 'q' ? 2 * AVAILABLE : 1 + (i % 5) },
  }));
  const isDeclared = i % 3 === 0;
  const request = { name: 'test', timeout, ...(isDeclared && { branches }) };
  const { status, body } = await coordinator.post('/v1/transactions', request, {}, i % 2);
  expect(status).toBe(201);
  if (!isDeclared) await runTorn(body.xid, branches, Math.floor(i / 2) % 2);
}

function runAll(timeout: string): Promise<void>[] {
  return Array.from({ length: TRANSACTIONS }, (_, i) => run(i, timeout));
}

/** All branches of what is confirmed are confirmed, no other is, and none stands in between. */
async function expectAgreement(confirmed: ReadonlySet<string>): Promise<void> {
  for (const participant of participants) {
    const fences = [...(await participant.fences())];
    const taken = fences.filter(([, state]) => state === 'confirmed').map(([xid]) => xid);
    expect(new Set(taken)).toEqual(confirmed);
    expect(fences.filter(([, state]) => state === 'tried' || state === 'trying')).toEqual([]);
  }
}

async function expectBalance(): Promise<void> {
  for (const participant of participants) {
    const { available, frozen, settled } = await participant.books();
    expect({ frozen, total: available + frozen + settled }).toEqual({ frozen: 0, total: AVAILABLE });
  }
}

test('I1, I8, I9: all branches follow one decision, whatever initiators, bus, handlers and coordinators do', async () => {
  await Promise.all(runAll('30s'));
  // In the midst of the second half one of the two falls silent, and a third takes its place.
  const runs = runAll('3s');
  await Promise.any(runs);
  await coordinator.startCoordinator();
  await coordinator.crash(1);
  await Promise.allSettled(runs);
  // What is contradicted never ends.
  const open = () =>
    coordinator.sql(
      `select from transactions where ended_at is null and progress::text not like '%contradicted%'`,
    );
  await until(async () => (await open()).length === 0, { what: 'all ends', timeoutMs: 40_000 });
  await until(() => !coordinator.broker.holdsBack(), { what: 'the last repeats' });

  const rows = await coordinator.sql('select xid, phase from transactions');
  expect(new Set(rows.map(({ phase }) => phase as string))).toEqual(new Set(['confirmed', 'cancelled']));
  const confirmed = rows.filter(({ phase }) => phase === 'confirmed').map(({ xid }) => xid as string);
  await expectAgreement(new Set(confirmed));
  await expectBalance();
}, 60_000);
