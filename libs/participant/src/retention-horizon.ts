import type { Answer, BranchCommand } from './branch-command.js';
import { takeBack, type ClaimedRow, type Judged } from './fence-table.js';
import type { SqlTransaction } from './sql-transaction.js';

/**
 * Takes back the new rows of commands that are older than the retention: a row that once stood there may have been
 * cleaned up, so what looks like a first Try may be a repeat. Which those are the database's clock says; this process's
 * own clock only spares the question where no command has reached half of that age. A row that existed always gives
 * its verdict, however old the command.
 * @returns the others.
 */
export async function takeBackExpired<Row extends ClaimedRow>(
  tx: SqlTransaction,
  claimed: Judged<Row>[],
  retentionMs: number,
  answers: Map<BranchCommand, Answer>,
): Promise<Judged<Row>[]> {
  const suspectBefore = Date.now() - retentionMs / 2;
  if (!claimed.some(({ command, row }) => row.isNew && command.issuedAt < suspectBefore)) return claimed;
  const { rows } = await tx.run<{ now: number }>(
    'select extract(epoch from now())::float8 * 1000 as now',
    [],
  );
  const [{ now }] = rows as [{ now: number }];
  const isExpired = ({ command, row }: Judged<Row>): boolean =>
    row.isNew && command.issuedAt < now - retentionMs;
  const expired = claimed.filter(isExpired).map(({ command }) => command);
  if (expired.length === 0) return claimed;
  await takeBack(tx, expired);
  for (const command of expired) answers.set(command, { outcome: 'expired' });
  return claimed.filter((each) => !isExpired(each));
}
