import assert from 'node:assert/strict';
import type { BranchDefinition, Command, InputGiven, Reply } from '@holdfast/protocol';
import type { TestBranch } from './participant-driver.js';
import type { ScheduleRun } from './schedule-run.js';

/** How many items a batch of the schedules has. */
const BATCH_SIZE = 5;

type Run = ScheduleRun<BranchDefinition>;
type Branch = TestBranch<BranchDefinition>;

/** The canonical schedules: what happens to a branch in the best and in the worst of times. */
export const SCHEDULES: Readonly<Record<string, (run: Run) => Promise<void>>> = {
  'confirm: what was tried is taken': async (run) => {
    const branch = await run.triedBranch();
    await run.expect('confirmed', 'Confirm', branch.confirm());
  },

  'cancel: what was tried is given back': async (run) => {
    const branch = await run.triedBranch();
    await run.expect('cancelled', 'Cancel', branch.cancel());
  },

  'cancel first: it succeeds without effect': async (run) => {
    const branch = run.branch();
    await run.expectNoEffect('a Cancel of nothing', async () => {
      await run.expect('cancelled', 'the Cancel', branch.cancel());
      await run.expect('cancelled', 'the repeated Cancel', branch.cancel());
    });
  },

  'late Try: after its Cancel, or after its deadline, it is refused without effect': async (run) => {
    const [cancelled, late, input] = [run.branch(), run.branch(), await run.input()];
    await run.expectNoEffect('a late Try', async () => {
      await run.expect('cancelled', 'the Cancel', cancelled.cancel());
      await run.expect('refused', 'the Try after it', cancelled.try(input));
      await run.expect('refused', 'the Try after its deadline', late.try(input, -60_000));
    });
  },

  'duplicates: a repeat has no effect and the same answer': async (run) => {
    for (const [settled, settle] of SETTLEMENTS) {
      const [branch, input] = [run.branch(), await run.input()];
      const [first] = await run.expect('tried', 'Try', branch.try(input));
      await run.expectNoEffect('a repeated Try', async () => {
        const repeats = await run.expect('tried', 'the repeated Try', branch.try(input), branch.try(input));
        for (const repeat of repeats) assert.deepEqual(answerOf(repeat), answerOf(first));
      });
      await run.expect(settled, settled, settle(branch));
      await run.expectNoEffect(`a repeat after ${settled}`, async () => {
        await run.expect(settled, `the repeated ${settled}`, settle(branch), settle(branch));
        const [answer] = await run.driver.deliver(branch.try(input));
        assert.equal(answer?.outcome, settled === 'confirmed' ? 'tried' : 'refused');
      });
    }
  },

  'concurrent duplicates: two instances at once have one effect': async (run) => {
    for (const [settled, settle] of SETTLEMENTS) {
      const branches = await manyBranches(run);
      await atBoth(run, 'tried', () => branches.map(({ branch, input }) => branch.try(input)));
      await atBoth(run, settled, () => branches.map(({ branch }) => settle(branch)));
      await run.expectNoEffect(`a repeat after ${settled}`, async () => {
        await run.expect(settled, `the repeat`, ...branches.map(({ branch }) => settle(branch)));
      });
    }
  },

  'crash before the answer: what was done is done once, and answered': async (run) => {
    for (const [settled, settle] of SETTLEMENTS) {
      const [branch, input] = [run.branch(), await run.input()];
      await crash(run, branch.try(input));
      await run.expectNoEffect('the Try that comes again', async () => {
        await run.expect('tried', 'the Try that comes again', branch.try(input));
      });
      await crash(run, settle(branch));
      await run.expectNoEffect('what comes again', async () => {
        await run.expect(settled, `${settled}, again`, settle(branch));
      });
    }
  },
};

/** Schedules that need an input which the handler refuses. */
export const REFUSAL_SCHEDULES: Readonly<
  Record<string, (run: Run, refusedInput: () => Promise<InputGiven<BranchDefinition>>) => Promise<void>>
> = {
  'refused items of a batch leave no effect, and the others their own': async (run, refusedInput) => {
    const [alone, among] = [run.branch(), run.branch()];
    await run.expectNoEffect('a refused Try', async () => {
      await run.expect('refused', 'the Try', alone.try(await refusedInput()));
    });
    const others = await manyBranches(run);
    const commands = others.map(({ branch, input }) => branch.try(input));
    commands.splice(2, 0, among.try(await refusedInput()));
    const replies = await run.driver.deliver(...commands);
    const refusals = replies.filter(({ outcome }) => outcome === 'refused');
    assert.deepEqual(
      refusals.map(({ xid }) => xid),
      [among.xid],
      'only the item to refuse is refused',
    );
    await run.checkInvariant('after a batch with a refused item');
    await run.expectNoEffect('the Cancel of a refused Try', async () => {
      await run.expect('cancelled', 'the Cancel', alone.cancel(), among.cancel());
    });
    await run.expect('cancelled', 'the Cancels', ...others.map(({ branch }) => branch.cancel()));
  },
};

/** The same inputs by the batch forms of a handler and by its plain methods. */
export async function batchEqualsOneByOne(
  inBatches: Run,
  oneByOne: Run,
  extra: readonly unknown[],
): Promise<void> {
  const inputs = [...(await manyBranches(inBatches)).map(({ input }) => input), ...extra];
  const told: (string | undefined)[][] = [];
  for (const run of [inBatches, oneByOne]) {
    const branches = inputs.map((input) => ({ branch: run.branch(), input }));
    const replies = await run.driver.deliver(...branches.map(({ branch, input }) => branch.try(input)));
    const byXid = new Map(replies.map((reply) => [reply.xid, reply]));
    told.push(branches.map(({ branch }) => toldOf(byXid.get(branch.xid))));
    await run.checkInvariant('after the Tries');
    // Given back, so that both start from the same.
    await run.expect('cancelled', 'the Cancels', ...branches.map(({ branch }) => branch.cancel()));
  }
  assert.deepEqual(told[0], told[1], 'tryMany and try answer the same inputs differently');
}

/** The two ways in which a branch ends. */
const SETTLEMENTS: readonly (readonly ['confirmed' | 'cancelled', (branch: Branch) => Command])[] = [
  ['confirmed', (branch) => branch.confirm()],
  ['cancelled', (branch) => branch.cancel()],
];

async function manyBranches(run: Run): Promise<{ branch: Branch; input: unknown }[]> {
  const branches: { branch: Branch; input: unknown }[] = [];
  for (let n = 0; n < BATCH_SIZE; n++) branches.push({ branch: run.branch(), input: await run.input() });
  return branches;
}

/** Delivers the same commands to both instances at once, in opposite orders, and again what failed. */
async function atBoth(run: Run, outcome: Reply['outcome'], commandsOf: () => Command[]): Promise<void> {
  const commands = commandsOf();
  await Promise.all([run.driver.deliver(...commands), run.other.deliver(...[...commands].reverse())]);
  await run.checkInvariant('after two at once');
  // One that met its double may have failed: a coordinator would send it again.
  await run.expect(outcome, 'what two did at once', ...commandsOf());
}

/** Delivers a command to a process that ends between its commit and its reply. */
export async function crash(run: Run, command: Command): Promise<void> {
  run.driver.losesReplies = true;
  await assert.rejects(run.driver.deliver(command), /lost/);
  run.driver.losesReplies = false;
  await run.checkInvariant('after the crash');
}

function answerOf(reply: Reply | undefined): unknown {
  return reply?.outcome === 'tried' ? reply.answer : reply;
}

/** What an initiator tells apart. */
function toldOf(reply: Reply | undefined): string | undefined {
  return reply?.outcome === 'refused' ? `refused ${reply.code}` : reply?.outcome;
}
