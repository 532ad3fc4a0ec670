import type { Type } from '@nestjs/common';
import {
  TccResource,
  type BatchContext,
  type BranchContext,
  type Input,
  type PreparedStatement,
  type Reservation,
  type SettleItem,
  type Sql,
  type TccHandler,
  type TryItem,
} from '@holdfast/participant';
import { updateRow } from '../work/equal-branches.js';

type UpdateRow = ReturnType<typeof updateRow>;

/** What becomes of a row's pieces. */
const CHANGES = {
  try: 'available = account.available - excluded.frozen, frozen = account.frozen + excluded.frozen',
  confirm: 'frozen = account.frozen - excluded.frozen, settled = account.settled + excluded.frozen',
  cancel: 'frozen = account.frozen - excluded.frozen, available = account.available + excluded.frozen',
};
type Change = keyof typeof CHANGES;

/**
 * Each row once, however many branches mean it. All rows are there: what conflicts is locked and changed in one pass, in
 * the order of the keys, so that groups never deadlock.
 */
function statementOf(change: Change): PreparedStatement {
  return {
    name: `change_${change}`,
    text: `
      insert into account (id, available, frozen)
      select id, 0, count(*) from unnest($1::int[]) as given (id) group by id order by id
          on conflict (id) do update set ${CHANGES[change]}
      returning (xmax = 0) as "isNew"`,
  };
}

const STATEMENTS: Readonly<Record<Change, PreparedStatement>> = {
  try: statementOf('try'),
  confirm: statementOf('confirm'),
  cancel: statementOf('cancel'),
};

/** Freezes, takes or gives back one piece of a row for each branch. */
class UpdateRowHandler implements TccHandler<UpdateRow> {
  async try({ sql }: BranchContext, { row }: Input<UpdateRow>): Promise<Reservation<UpdateRow>> {
    await change(sql, 'try', [row]);
    return { row };
  }

  async confirm({ sql }: BranchContext, { row }: Reservation<UpdateRow>): Promise<void> {
    await change(sql, 'confirm', [row]);
  }

  async cancel({ sql }: BranchContext, { row }: Reservation<UpdateRow>): Promise<void> {
    await change(sql, 'cancel', [row]);
  }

  async tryMany(
    { sql }: BatchContext,
    items: readonly TryItem<UpdateRow>[],
  ): Promise<Reservation<UpdateRow>[]> {
    const rows = items.map(({ input }) => input.row);
    await change(sql, 'try', rows);
    return rows.map((row) => ({ row }));
  }

  async confirmMany({ sql }: BatchContext, items: readonly SettleItem<UpdateRow>[]): Promise<void> {
    await change(sql, 'confirm', items.map(rowOf));
  }

  async cancelMany({ sql }: BatchContext, items: readonly SettleItem<UpdateRow>[]): Promise<void> {
    await change(sql, 'cancel', items.map(rowOf));
  }
}

const rowOf = ({ reservation }: SettleItem<UpdateRow>) => reservation.row;

async function change(sql: Sql, operation: Change, ids: readonly number[]): Promise<void> {
  const { rows } = await sql.query<{ isNew: boolean }>(STATEMENTS[operation], [ids]);
  if (rows.some(({ isNew }) => isNew))
    throw new Error('A row to change is not there: make the rows again, by a new stack');
}

/** Each participant's own class, marked with its own branch: in one process there may be several. */
export function updateRowHandler(participant: string): Type<TccHandler<UpdateRow>> {
  @TccResource(updateRow(participant))
  class OfParticipant extends UpdateRowHandler {}
  return OfParticipant;
}
