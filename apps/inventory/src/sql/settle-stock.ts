import type { Sql } from '@holdfast/participant';

/** A branch whose reservations are settled. */
export interface SettledBranch {
  readonly xid: string;
  readonly branchId: string;
}

/** Where the frozen quantities go, and what their reservations are called then. */
const TARGETS = {
  sold: 'sold = stock.sold + locked.quantity',
  released: 'available = stock.available + locked.quantity',
} as const;

/**
 * Settles the reservations of these branches, each SKU's row once, and answers how many pieces that were.
 *
 * The reservations belong to these branches alone, so nobody waits for them; the rows of stock are locked in the order
 * of the SKUs before the first is written, like everywhere. Whoever locks carries the totals along: joined once more,
 * they would be compared pair by pair, since PostgreSQL expects one row of what an update returns.
 */
export async function settleStock(
  sql: Sql,
  state: keyof typeof TARGETS,
  branches: readonly SettledBranch[],
): Promise<number> {
  const { rows } = await sql.query<{ pieces: string }>(
    `with settled as (
       update reservations
          set state = $3
         from unnest ($1::uuid[], $2::text[]) as branch (xid, branch_id)
        where reservations.xid = branch.xid
          and reservations.branch_id = branch.branch_id
          and reservations.state = 'frozen'
       returning reservations.sku, reservations.quantity
     ), total as (
       select sku, sum (quantity)::bigint as quantity from settled group by sku
     ), locked as (
       select stock.sku, total.quantity from stock join total using (sku) order by stock.sku for update of stock
     )
     update stock
        set frozen = stock.frozen - locked.quantity,
            ${TARGETS[state]}
       from locked
      where stock.sku = locked.sku
     returning locked.quantity as pieces`,
    [branches.map(({ xid }) => xid), branches.map(({ branchId }) => branchId), state],
  );
  return rows.reduce((sum, { pieces }) => sum + Number(pieces), 0);
}
