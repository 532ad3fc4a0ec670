import type { Sql } from '@holdfast/participant';
import { BRANCH_AMOUNTS, columnsOf, type BranchAmount } from './freeze-amounts.js';

/** Where the frozen amounts go: out of the wallet to the merchant, or back. */
const TARGETS = {
  confirm: { account: 'revenue', returned: '' },
  cancel: {
    account: 'available',
    returned: ', available_minor = wallets.available_minor + total.amount_minor',
  },
} as const;

/**
 * Takes frozen amounts out of the wallets or gives them back, each wallet's row once, and books each movement. Answers
 * how many branches were settled. The rows are locked in the order of their key before the first is written, like
 * everywhere.
 */
export async function settleAmounts(
  sql: Sql,
  movement: keyof typeof TARGETS,
  amounts: readonly BranchAmount[],
): Promise<number> {
  const { account, returned } = TARGETS[movement];
  const { rowCount } = await sql.query(
    `with given as (${BRANCH_AMOUNTS}),
     total as (
       select customer_id, currency, sum (amount_minor)::bigint as amount_minor
         from given group by customer_id, currency
     ), locked as (
       select customer_id, currency
         from wallets join total using (customer_id, currency)
        order by customer_id, currency
          for update of wallets
     ), moved as (
       update wallets
          set frozen_minor = wallets.frozen_minor - total.amount_minor${returned}
         from total join locked using (customer_id, currency)
        where wallets.customer_id = total.customer_id and wallets.currency = total.currency
       returning wallets.customer_id, wallets.currency
     )
     insert into journal (entry, branch_id, movement, account, customer_id, currency, amount_minor)
     select xid, branch_id, '${movement}', account, customer_id, currency, sign * amount_minor
       from given
       join moved using (customer_id, currency)
      cross join (values ('frozen', -1), ('${account}', 1)) as side (account, sign)`,
    columnsOf(amounts),
  );
  return rowCount / 2;
}
