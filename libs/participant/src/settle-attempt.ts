import type { Answer, BranchCommand } from './branch-command.js';
import { takeBack, type ClaimedRow, type Judged } from './fence-table.js';
import type { ResourceHandler, SettleWork } from './resource-handler.js';
import type { SqlTransaction } from './sql-transaction.js';
import { VERDICTS } from './verdict.js';

/** Runs the Confirms or Cancels of branches that were tried, with the reservations that their fence rows hold. */
export async function settleClaimed(
  tx: SqlTransaction,
  handler: ResourceHandler,
  operation: 'confirm' | 'cancel',
  claimed: readonly Judged<ClaimedRow>[],
  answers: Map<BranchCommand, Answer>,
): Promise<void> {
  const done: Answer = { outcome: operation === 'confirm' ? 'confirmed' : 'cancelled' };
  const works: SettleWork[] = [];
  const absent: BranchCommand[] = [];
  for (const { command, row } of claimed) {
    answers.set(command, done);
    if (row.isNew) absent.push(command);
    else
      works.push({
        command,
        item: { xid: command.xid, branchId: command.branchId, reservation: row.answer },
      });
  }
  // An empty Cancel leaves its new row, the tombstone; a Confirm of nothing leaves nothing.
  if (absent.length > 0 && VERDICTS[operation].absent === 'contradiction') {
    await takeBack(tx, absent);
    for (const command of absent) answers.set(command, { outcome: 'contradiction', fence: null });
  }
  if (works.length > 0) await handler.settle(tx, operation, works);
}
