import type { Sql } from '@holdfast/participant';

/** So much of a SKU, for a branch. */
export interface StockReservation {
  readonly xid: string;
  readonly branchId: string;
  readonly sku: string;
  readonly quantity: number;
}

/**
 * Writes the reservations and moves their quantities from available to frozen, each SKU's row once however many
 * branches want it. The rows have to be locked already.
 */
export async function freezeStock(sql: Sql, reservations: readonly StockReservation[]): Promise<void> {
  await sql.query(
    `with reserved as (
       insert into reservations (xid, branch_id, sku, quantity)
       select * from unnest ($1::uuid[], $2::text[], $3::text[], $4::bigint[])
       returning sku, quantity
     )
     update stock
        set available = stock.available - total.quantity,
            frozen = stock.frozen + total.quantity
       from (select sku, sum (quantity)::bigint as quantity from reserved group by sku) as total
      where stock.sku = total.sku`,
    [
      reservations.map(({ xid }) => xid),
      reservations.map(({ branchId }) => branchId),
      reservations.map(({ sku }) => sku),
      reservations.map(({ quantity }) => quantity),
    ],
  );
}
