import type { Sql } from '@holdfast/participant';

/**
 * Locks the rows of these SKUs and reads what is available of each; a SKU that is not there is left out.
 *
 * The sort stands below the locking, so all batches lock in the order of the SKUs and none waits for another in a
 * circle. What is read is the state after the wait for the lock.
 */
export async function lockStock(sql: Sql, skus: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql.query<{ sku: string; available: string }>(
    `select sku, available
       from stock
      where sku = any ($1::text[])
      order by sku
        for update`,
    [skus],
  );
  return new Map(rows.map(({ sku, available }) => [sku, Number(available)]));
}
