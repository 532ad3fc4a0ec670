import type { Sql } from '@holdfast/participant';

/**
 * Marks pending orders as paid or closed, and answers how many those were. An order belongs to one branch, so nobody
 * waits for its row.
 */
export async function settleOrders(
  sql: Sql,
  status: 'paid' | 'closed',
  orderNos: readonly string[],
): Promise<number> {
  const { rowCount } = await sql.query(
    `update orders set status = $2 where order_no = any ($1::text[]) and status = 'pending'`,
    [orderNos, status],
  );
  return rowCount;
}
