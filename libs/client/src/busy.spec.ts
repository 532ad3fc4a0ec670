import type { FakeCoordinator } from './fake-coordinator.suite.js';
import { setUp, stock } from './samples.suite.js';
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

const OPTIONS = { name: 'checkout', idempotencyKey: 'basket-1' };

test('a begin that is too much for now is repeated with its key, not before the time that was told', async () => {
  fake.busy = { times: 2, retryAfter: 4 };
  await expect(tcc.run(OPTIONS, [stock()])).resolves.toMatchObject({ outcome: 'confirmed', replayed: false });
  expect(fake.begins.map(({ idempotencyKey }) => idempotencyKey)).toEqual(Array(3).fill('basket-1'));
  // Half of what is added is by chance, and here that is always the middle.
  expect(setup.clock.sleptMs).toEqual([5_000, 5_000]);
});

test('so is a request that is turned away as a whole', async () => {
  fake.faults = ['tooManyBefore', 'tooManyBefore'];
  await expect(tcc.run(OPTIONS, [stock()])).resolves.toMatchObject({ outcome: 'confirmed' });
  expect(setup.clock.sleptMs).toEqual([8_750, 8_750]);
});

test('who gives up is told that nothing was begun, as soon as no repeat is left', async () => {
  fake.busy = { times: Infinity, retryAfter: 4 };
  const run = tcc.run({ ...OPTIONS, giveUpAfter: '9s' }, [stock()]);
  await expect(run).rejects.toMatchObject({
    name: 'ProblemError',
    code: 'COORDINATOR_BUSY',
    status: 429,
    retryAfterSeconds: 4,
    message: expect.stringContaining('Given up after attempt 2.'),
  });
  expect(setup.clock.nowMs()).toBe(5_000);
  expect(fake.begun).toBe(0);
});

test('who does not want to wait is told at once', async () => {
  fake.busy = { times: Infinity, retryAfter: 4 };
  const run = tcc.run({ ...OPTIONS, whenBusy: 'throw' }, [stock()]);
  await expect(run).rejects.toMatchObject({ code: 'COORDINATOR_BUSY', retryAfterSeconds: 4 });
  expect(fake.begins).toHaveLength(1);
});

test.each([['repeat'], ['throw']] as const)(
  'I11: but what was lost before may have been begun, and stays unknown (%s)',
  async (whenBusy) => {
    fake.faults = ['resetBefore'];
    fake.busy = { times: Infinity, retryAfter: 4 };
    await expect(tcc.run({ ...OPTIONS, giveUpAfter: '9s', whenBusy }, [stock()])).rejects.toMatchObject({
      name: 'OutcomeUnknown',
      cause: { code: 'COORDINATOR_BUSY' },
    });
  },
);
