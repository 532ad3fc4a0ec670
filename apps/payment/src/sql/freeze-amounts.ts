import type { Sql } from '@holdfast/participant';
import type { WalletKey } from './lock-wallets.js';

/** An amount that a branch freezes, or has frozen. */
export interface BranchAmount extends WalletKey {
  readonly xid: string;
  readonly branchId: string;
  /** Minor units, in digits. */
  readonly amountMinor: string;
}

/** The columns of branch amounts, for `unnest` with `BRANCH_AMOUNTS`. */
export function columnsOf(amounts: readonly BranchAmount[]): string[][] {
  return [
    amounts.map(({ xid }) => xid),
    amounts.map(({ branchId }) => branchId),
    amounts.map(({ customerId }) => customerId),
    amounts.map(({ currency }) => currency),
    amounts.map(({ amountMinor }) => amountMinor),
  ];
}

export const BRANCH_AMOUNTS = `
  select * from unnest ($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[])
         as given (xid, branch_id, customer_id, currency, amount_minor)`;

/**
 * Moves amounts from available to frozen, each wallet's row once however many branches it pays for, and books each
 * movement. The wallets have to be locked already.
 */
export async function freezeAmounts(sql: Sql, amounts: readonly BranchAmount[]): Promise<void> {
  await sql.query(
    `with given as (${BRANCH_AMOUNTS}),
     moved as (
       update wallets
          set available_minor = wallets.available_minor - total.amount_minor,
              frozen_minor = wallets.frozen_minor + total.amount_minor
         from (select customer_id, currency, sum (amount_minor)::bigint as amount_minor
                 from given group by customer_id, currency) as total
        where wallets.customer_id = total.customer_id and wallets.currency = total.currency
     )
     insert into journal (entry, branch_id, movement, account, customer_id, currency, amount_minor)
     select xid, branch_id, 'freeze', account, customer_id, currency, sign * amount_minor
       from given cross join (values ('available', -1), ('frozen', 1)) as side (account, sign)`,
    columnsOf(amounts),
  );
}
