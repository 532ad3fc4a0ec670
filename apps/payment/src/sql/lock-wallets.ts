import type { Sql } from '@holdfast/participant';

/** A customer's wallet in one currency. */
export interface WalletKey {
  readonly customerId: string;
  readonly currency: string;
}

/** Ids hold no space, so this tells all wallets apart. */
export function keyOf({ customerId, currency }: WalletKey): string {
  return `${customerId} ${currency}`;
}

/**
 * Locks these wallets and reads what is available in each, by `keyOf`; one that is not there is left out.
 *
 * The sort stands below the locking, so all batches lock in one order and none waits for another in a circle. What is
 * read is the state after the wait for the lock.
 */
export async function lockWallets(sql: Sql, keys: readonly WalletKey[]): Promise<Map<string, bigint>> {
  const { rows } = await sql.query<{ customer_id: string; currency: string; available_minor: string }>(
    `select customer_id, currency, available_minor
       from wallets
      where (customer_id, currency) in (select * from unnest ($1::text[], $2::text[]))
      order by customer_id, currency
        for update`,
    [keys.map(({ customerId }) => customerId), keys.map(({ currency }) => currency)],
  );
  return new Map(
    rows.map(({ customer_id: customerId, currency, available_minor: available }) => [
      keyOf({ customerId, currency }),
      BigInt(available),
    ]),
  );
}
