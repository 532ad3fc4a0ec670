import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest, agreeable } from './coordinator-under-test.suite.js';

/** How fast all of this is, `npm run check:drain` says on a machine that has nothing else to do. */
const PATIENCE_MS = 60_000;
const TEST_MS_MAX = 5 * PATIENCE_MS;

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start());
afterAll(() => coordinator.stop());

const q = () => coordinator.participant('q');

async function countOf(condition: string): Promise<number> {
  const [row] = await coordinator.sql<{ count: number }>(
    `select count(*)::int as count from transactions where ended_at is null and ${condition}`,
  );
  return row?.count ?? 0;
}

const isSetAside = async () =>
  (await coordinator.sql(`select from participants where name = 'q' and set_aside_since is not null`))
    .length === 1;

/** Transactions that wait for a Confirm of one participant, due now and held by nobody: copies of one that does. */
async function leaveBehind(participant: string, count: number): Promise<void> {
  const { script } = coordinator.participant(participant);
  coordinator.participant(participant).script = (command) =>
    command.operation === 'try' ? agreeable(command) : undefined;
  const { body } = await coordinator.declare([participant], '?wait=decided', { name: participant });
  coordinator.participant(participant).script = script;
  await coordinator.sql(
    `insert into transactions (
       xid, version, format, name, declared, phase, began_at, deadline_at, wake_at, decided_at, branches, progress
     )
     select overlay(gen_random_uuid()::text placing '7' from 15 for 1)::uuid, 1, format, name, declared, phase,
       began_at, deadline_at, now(), decided_at, branches, progress
     from transactions, generate_series(2, $2::integer) where xid = $1`,
    [body.xid, count],
  );
}

test(
  'I10, peer defect 2, peer defect 31: one that hangs holds up 9,000 others by nothing, and its 1,000 end once it answers',
  async () => {
    q().script = (command) =>
      command.operation === 'try'
        ? agreeable(command)
        : {
            outcome: 'failed',
            operation: command.operation,
            code: 'HANDLER_TIMEOUT',
            message: 'No end in 5 s.',
          };
    await leaveBehind('q', 1_000);
    await leaveBehind('p', 9_000);
    await until(async () => (await countOf(`name = 'p'`)) === 0, {
      what: 'the end of p',
      timeoutMs: PATIENCE_MS,
    });
    expect(await countOf(`name = 'q'`)).toBe(1_000);

    await until(isSetAside, { what: 'q to be set aside', timeoutMs: PATIENCE_MS });
    await until(async () => (await countOf(`wake_at < now() + interval '1 min'`)) < 20, {
      what: 'its work to wait, but for a few probes',
      timeoutMs: PATIENCE_MS,
    });
    const asked = q().commands.length;
    await until(() => q().commands.length > asked, { what: 'a probe' });
    q().script = agreeable;
    await until(async () => (await countOf('true')) === 0, { what: 'the end of q', timeoutMs: PATIENCE_MS });
    // Answers are told to the shared row once a second.
    await until(async () => !(await isSetAside()), { what: 'q to be back' });
  },
  TEST_MS_MAX,
);

test('peer defect 14: 10,000 that nobody answers for do not delay a new one', async () => {
  q().script = (command) => (command.operation === 'try' ? agreeable(command) : undefined);
  await leaveBehind('q', 10_000);
  await until(async () => (await countOf(`holder is not null`)) > 500, { what: 'the first claims' });
  let ended = 0;
  do {
    const { body } = await coordinator.declare(['p'], '?wait=ended');
    expect(body.phase).toBe('confirmed');
    ended++;
  } while ((await countOf('holder is null')) > 0);
  // The last of the 10,000 has its turn twenty claims after the first: new ones end before it, however slow the
  // machine is.
  expect(ended).toBeGreaterThan(1);
});
