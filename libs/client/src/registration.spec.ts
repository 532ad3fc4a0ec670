import { BranchRefused } from './errors.js';
import type { BranchRef } from './branch-call.js';
import type { FakeCoordinator } from './fake-coordinator.suite.js';
import { ReserveStock, SOLD_OUT, setUp } from './samples.suite.js';
import type { Setup } from './samples.suite.js';
import type { TccClient } from './tcc-client.js';

let setup: Setup;
let fake: FakeCoordinator;
let tcc: TccClient;

beforeEach(async () => {
  setup = await setUp();
  ({ fake, tcc } = setup);
});
afterEach(() => setup.tearDown());

const FROZEN = { outcome: 'tried', answer: { reservationId: 'r-7' } } as const;

/** A service that is called directly, and the run that calls it. */
const runThrough = (service: (ref: BranchRef) => Promise<unknown>) =>
  tcc.run({ name: 'checkout' }, async (t) => {
    await service(t.delegate(ReserveStock));
  });

test('a branch that a service registers itself is confirmed with the others', async () => {
  let stoodBeforeTry = false;
  const run = runThrough((ref) =>
    tcc.registerBranch(ref, ReserveStock, { orderNo: 'A-1' }, async () => {
      stoodBeforeTry = fake.transaction()?.branches[0]?.tryBy === 'participant';
      return FROZEN;
    }),
  );
  await expect(run).resolves.toMatchObject({
    outcome: 'confirmed',
    answers: { 'inventory.reserve': FROZEN.answer },
  });
  expect(stoodBeforeTry).toBe(true);
});

test('a service that was refused tells its caller, and the run is cancelled with its reason', async () => {
  const run = runThrough(async (ref) => {
    const answer = await tcc.registerBranch(ref, ReserveStock, { orderNo: 'A-1' }, async () => ({
      outcome: 'refused',
      ...SOLD_OUT,
    }));
    if (answer.outcome === 'refused') throw new BranchRefused(ref.branchId, answer.code, answer.message);
  });
  await expect(run).resolves.toMatchObject({
    outcome: 'cancelled',
    reason: { ...SOLD_OUT, branchId: 'inventory.reserve' },
  });
});

test('a service that never registers its branch keeps the run from confirming', async () => {
  await expect(runThrough(async () => {})).rejects.toMatchObject({ code: 'BRANCHES_DIFFER' });
  expect(fake.transaction()?.phase).toBe('cancelling');
});

test('a local Try that throws is reported to nobody and thrown on', async () => {
  const bug = new Error('no connection to the database');
  const run = runThrough((ref) =>
    tcc.registerBranch(ref, ReserveStock, { orderNo: 'A-1' }, () => Promise.reject(bug)),
  );
  await expect(run).rejects.toBe(bug);
  expect(fake.transaction()).toMatchObject({
    phase: 'cancelling',
    branches: [{ try: { state: 'pending' } }],
  });
});

test('peer defect 12: a service that is called again registers one branch', async () => {
  const run = runThrough(async (ref) => {
    for (let i = 0; i < 3; i++)
      await tcc.registerBranch(ref, ReserveStock, { orderNo: 'A-1' }, async () => FROZEN);
  });
  await expect(run).resolves.toMatchObject({ outcome: 'confirmed' });
  expect(fake.transaction()?.branches).toHaveLength(1);
});

test('a local Try that comes too late is told so', async () => {
  const run = runThrough(async (ref) => {
    const late = tcc.registerBranch(ref, ReserveStock, { orderNo: 'A-1' }, async () => {
      fake.expireAll();
      return FROZEN;
    });
    await expect(late).rejects.toMatchObject({ name: 'ProblemError', code: 'ALREADY_CANCELLED' });
  });
  await expect(run).resolves.toMatchObject({ outcome: 'cancelled', reason: { code: 'TIMEOUT' } });
});

test('a registration after the decision runs no Try', async () => {
  const { xid } = await tcc.run({ name: 'checkout' }, async () => {});
  const late = tcc.registerBranch({ xid, branchId: 'b' }, ReserveStock, { orderNo: 'A-1' }, () =>
    Promise.reject(new Error('must not run')),
  );
  await expect(late).rejects.toMatchObject({ code: 'ALREADY_CONFIRMED' });
});

test('a report that is lost is repeated', async () => {
  const run = runThrough((ref) =>
    tcc.registerBranch(ref, ReserveStock, { orderNo: 'A-1' }, async () => {
      fake.faults = ['resetAfter', 'unavailableBefore'];
      return FROZEN;
    }),
  );
  await expect(run).resolves.toMatchObject({ outcome: 'confirmed' });
});
