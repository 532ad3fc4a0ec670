import type { Answer, BranchCommand } from './branch-command.js';
import type { ClaimedRow, Judged, TryRecord } from './fence-table.js';
import { Refusal, refused } from './refusal.js';
import type { ResourceHandler, TryAnswer, TryWork } from './resource-handler.js';
import type { SqlTransaction } from './sql-transaction.js';

/**
 * Runs the Tries of branches that were absent.
 * @returns what came of them, to be written.
 */
export async function tryClaimed(
  tx: SqlTransaction,
  handler: ResourceHandler,
  claimed: readonly Judged<ClaimedRow>[],
  answers: Map<BranchCommand, Answer>,
): Promise<TryRecord[]> {
  const works: TryWork[] = [];
  const records: TryRecord[] = [];
  const add = (command: BranchCommand, answer: TryAnswer): void => {
    records.push(recordOf(command, answer));
    answers.set(command, answerOf(answer));
  };
  for (const { command, row } of claimed) {
    const checked = row.state === 'refused' ? late() : handler.inputOf(command);
    if (Refusal.is(checked)) add(command, checked);
    else
      works.push({ command, item: { xid: command.xid, branchId: command.branchId, input: checked.input } });
  }
  if (works.length > 0) {
    const given = await handler.try(tx, works);
    works.forEach(({ command }, position) => add(command, given[position] as TryAnswer));
  }
  return records;
}

function late(): Refusal {
  return refused('DEADLINE_PASSED', 'This Try came after the deadline of its transaction');
}

function recordOf(command: BranchCommand, answer: TryAnswer): TryRecord {
  if (!Refusal.is(answer)) return { command, state: 'tried', answerJson: answer.json };
  const { code, message } = answer;
  return { command, state: 'refused', answerJson: JSON.stringify({ code, message }) };
}

function answerOf(answer: TryAnswer): Answer {
  if (!Refusal.is(answer)) return { outcome: 'tried', answer: answer.reservation };
  return { outcome: 'refused', code: answer.code, message: answer.message };
}
