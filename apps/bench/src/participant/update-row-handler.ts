import type { Type } from '@nestjs/common';
import {
  TccResource,
  type BatchContext,
  type BranchContext,
  type Input,
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
  try: 'available = account.available - total.pieces, frozen = account.frozen + total.pieces',
  confirm: 'frozen = account.frozen - total.pieces, settled = account.settled + total.pieces',
  cancel: 'frozen = account.frozen - total.pieces, available = account.available + total.pieces',
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

/** Each row once, however many branches mean it; locked in the order of their keys, so that groups never deadlock. */
async function change(sql: Sql, operation: keyof typeof CHANGES, rows: readonly number[]): Promise<void> {
  const { rowCount } = await sql.query(
    `with total as (
       select id, count(*) as pieces from unnest ($1::int[]) as given (id) group by id
     ), locked as (
       select id from account join total using (id) order by id for update of account
     )
     update account set ${CHANGES[operation]}
       from total join locked using (id)
      where account.id = total.id`,
    [rows],
  );
  const expected = new Set(rows).size;
  if (rowCount !== expected) throw new Error(`${rowCount} of ${expected} rows are there`);
}

/** Each participant's own class, marked with its own branch: in one process there may be several. */
export function updateRowHandler(participant: string): Type<TccHandler<UpdateRow>> {
  @TccResource(updateRow(participant))
  class OfParticipant extends UpdateRowHandler {}
  return OfParticipant;
}
