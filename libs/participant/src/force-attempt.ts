import type { FenceState } from '@holdfast/protocol';
import type { Answer, BranchCommand } from './branch-command.js';
import {
  recordForced,
  type ClaimedRow,
  type ForceNote,
  type Judged,
  type StandingRow,
} from './fence-table.js';
import type { ResourceHandler } from './resource-handler.js';
import type { SqlTransaction } from './sql-transaction.js';
import { forcedBefore, standingAnswer } from './standing-answer.js';
import { VERDICTS } from './verdict.js';

type ForceCommand = BranchCommand & Required<Pick<BranchCommand, 'decision' | 'evidence'>>;

/** The states in which a reservation stands, which the handler may settle. */
const HOLDING: readonly FenceState[] = ['tried', 'confirming', 'cancelling'];

/** Ends branches by force, and lets the handler settle what they hold. */
export async function forceBranches(
  tx: SqlTransaction,
  handler: ResourceHandler,
  claimed: readonly Judged<StandingRow & ClaimedRow>[],
  answers: Map<BranchCommand, Answer>,
): Promise<void> {
  const notes = new Map<BranchCommand, ForceNote>();
  for (const { command, row } of claimed) {
    const isOurs = row.resource === command.resource;
    if (isOurs && (row.isNew || VERDICTS.force[row.state] === 'force')) {
      const note = await noteOf(tx, handler, command, row);
      notes.set(command, note);
      answers.set(command, forcedBefore(note));
    } else {
      answers.set(command, standingAnswer(command, row));
    }
  }
  if (notes.size > 0) await recordForced(tx, notes);
}

async function noteOf(
  tx: SqlTransaction,
  handler: ResourceHandler,
  command: BranchCommand,
  row: StandingRow & ClaimedRow,
): Promise<ForceNote> {
  const { xid, branchId, decision, evidence } = command as ForceCommand;
  const fence = row.isNew ? null : row.state;
  if (fence === null || fence === 'refused') return { fence, settled: true, evidence };
  // What a Try has begun and not answered, only its own handler could name.
  if (!HOLDING.includes(fence)) return { fence, settled: false, evidence };
  const item = { xid, branchId, reservation: row.answer, evidence: { decision, text: evidence } };
  return { fence, settled: await handler.forced(tx, { command, item }), evidence };
}
