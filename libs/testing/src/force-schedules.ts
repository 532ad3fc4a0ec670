import assert from 'node:assert/strict';
import type { BranchDefinition, Command, Decision, FenceState, Reply } from '@holdfast/protocol';
import type { TestBranch } from './participant-driver.js';
import type { ScheduleRun } from './schedule-run.js';
import { crash } from './schedules.js';

type Run = ScheduleRun<BranchDefinition>;
type Branch = TestBranch<BranchDefinition>;

const DECISIONS: readonly Decision[] = ['confirm', 'cancel'];

/**
 * What happens to a branch that an operator ends by force.
 * @param settles whether the handler implements `forced`.
 */
export function forceSchedules(settles: boolean): Readonly<Record<string, (run: Run) => Promise<void>>> {
  const afterTried = { fence: 'tried', settled: settles } as const;
  const what = settles ? 'the handler settles what was tried, once' : 'what was tried stays as it is';
  return {
    [`force: ${what}, and nothing else acts on it any more`]: async (run) => {
      for (const decision of DECISIONS) {
        const [branch, input] = [run.branch(), await run.input()];
        await run.expect('tried', 'Try', branch.try(input));
        const force = () => expectForced(run, afterTried, branch.force(decision));
        await (settles ? force() : run.expectNoEffect('a force without a handler for it', force));
        await run.expectNoEffect('what comes after a force', async () => {
          await expectForced(run, afterTried, branch.force(decision), branch.confirm(), branch.cancel());
          await run.expect('tried', 'the repeated Try', branch.try(input));
        });
      }
    },

    'force first: it succeeds without effect, and a Try after it is refused': async (run) => {
      const [branch, input] = [run.branch(), await run.input()];
      await run.expectNoEffect('a force of nothing', async () => {
        await expectForced(run, { fence: null, settled: true }, branch.force('cancel'));
        await run.expect('refused', 'the Try after it', branch.try(input));
        await expectForced(run, { fence: null, settled: true }, branch.cancel(), branch.force('cancel'));
      });
    },

    'force too late: what has followed the decision stays as it is': async (run) => {
      for (const decision of DECISIONS) {
        const branch = await run.triedBranch();
        const [settled, settle] = settlement(branch, decision);
        await run.expect(settled, decision, settle());
        await run.expectNoEffect('a force that is too late', async () => {
          await expectForced(run, { fence: settled, settled: true }, branch.force(decision));
          await run.expect(settled, `the repeated ${decision}`, settle());
        });
      }
    },

    'force at once with Confirm or Cancel: one of them acts': async (run) => {
      for (const decision of DECISIONS) {
        const branch = await run.triedBranch();
        const [settled, settle] = settlement(branch, decision);
        const both = () => [settle(), branch.force(decision)] as const;
        const [one, other] = both();
        await Promise.all([run.driver.deliver(one), run.other.deliver(other)]);
        await run.checkInvariant('after two at once');
        // One that met the other may have failed: a coordinator would send it again.
        await run.driver.deliver(...both());
        await run.expectNoEffect('what comes again', async () => {
          const isForced = (await run.driver.deliver(settle()))[0]?.outcome === 'forced';
          if (isForced) await expectForced(run, afterTried, ...both());
          else await expectForced(run, { fence: settled, settled: true }, branch.force(decision));
        });
      }
    },

    'crash before the answer to a force: what was done is done once, and answered': async (run) => {
      const branch = await run.triedBranch();
      await crash(run, branch.force('confirm'));
      await run.expectNoEffect('the force that comes again', async () => {
        await expectForced(run, afterTried, branch.force('confirm'));
      });
    },
  };
}

interface Found {
  readonly fence: FenceState | null;
  readonly settled: boolean;
}

/** Demands of each command that it is answered by the force, which found the branch so. */
async function expectForced(run: Run, found: Found, ...commands: readonly Command[]): Promise<void> {
  for (const reply of await run.expect('forced', 'what a force answers', ...commands)) {
    const { fence, settled } = reply as Extract<Reply, { outcome: 'forced' }>;
    assert.deepEqual({ fence, settled }, found, 'the force must find the branch as it stood');
  }
}

function settlement(
  branch: Branch,
  decision: Decision,
): readonly [settled: 'confirmed' | 'cancelled', settle: () => Command] {
  return decision === 'confirm'
    ? ['confirmed', () => branch.confirm()]
    : ['cancelled', () => branch.cancel()];
}
