import type { FenceState } from '@holdfast/protocol';
import type { Answer, BranchCommand } from './branch-command.js';
import type { ForceNote, StandingRow } from './fence-table.js';
import { VERDICTS } from './verdict.js';

/** The answer to a command whose branch stands in a state that the command does not move. */
export function standingAnswer(command: BranchCommand, row: StandingRow): Answer {
  if (row.resource !== command.resource)
    return {
      outcome: 'failed',
      code: 'RESOURCE_DIFFERS',
      message: `This branch was tried as ${row.resource}`,
    };
  const verdict = VERDICTS[command.operation][row.state];
  switch (verdict) {
    case 'replay':
    case 'acknowledge':
      return replay(command, row);
    case 'suspended':
      return { outcome: 'refused', code: 'SUSPENDED', message: 'This Try came after its Cancel' };
    case 'contradiction':
      return { outcome: 'contradiction', fence: row.state };
    case 'resume':
    case 'resumeThenRun':
      return {
        outcome: 'failed',
        code: 'TWO_STEP_UNSUPPORTED',
        message: `This participant cannot go on with a branch that is ${row.state}`,
      };
    case 'run':
    case 'emptyCancel':
    case 'force':
    case 'emptyForce':
      throw new Error(`A branch that is ${row.state} was not claimed though its verdict is ${verdict}`);
  }
}

function replay({ operation }: BranchCommand, { state, answer, forced }: StandingRow): Answer {
  if (operation === 'try') return triedBefore(forced ? forced.fence : state, answer);
  if (forced) return forcedBefore(forced);
  if (operation === 'force') return { outcome: 'forced', fence: state, settled: true };
  return { outcome: operation === 'confirm' ? 'confirmed' : 'cancelled' };
}

/** What a Try was answered; one that comes only after a force freezes nothing any more. */
function triedBefore(state: FenceState | null, answer: unknown): Answer {
  if (state === null || state === 'trying')
    return { outcome: 'refused', code: 'FORCED', message: 'This branch was ended by force' };
  if (state !== 'refused') return { outcome: 'tried', answer };
  const { code, message } = answer as { code: string; message: string };
  return { outcome: 'refused', code, message };
}

/** The force says it all, to a Confirm or Cancel as well: nothing acts on this branch any more. */
export function forcedBefore({ fence, settled }: ForceNote): Answer {
  return { outcome: 'forced', fence, settled };
}
