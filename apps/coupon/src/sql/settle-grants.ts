import type { Sql } from '@holdfast/participant';
import type { GrantKey } from './lock-grants.js';

/** A grant and the branch that locked it. */
export interface LockedGrant extends GrantKey {
  readonly xid: string;
  readonly branchId: string;
}

/** A used coupon remembers the branch that used it; a free one forgets. */
const TARGETS = {
  used: `state = 'used'`,
  free: `state = 'free', xid = null, branch_id = null, discount_minor = null`,
} as const;

/**
 * Marks locked coupons as used or free, and answers how many those were. Rows are found by their key and locked in its
 * order, like everywhere; the branch is only compared, so it needs no index.
 */
export async function settleGrants(
  sql: Sql,
  state: keyof typeof TARGETS,
  locked: readonly LockedGrant[],
): Promise<number> {
  const { rowCount } = await sql.query(
    `with settled as (
       select coupon_code, customer_id
         from grants
         join unnest ($1::text[], $2::text[], $3::uuid[], $4::text[]) as s (coupon_code, customer_id, xid, branch_id)
        using (coupon_code, customer_id)
        where grants.state = 'locked' and grants.xid = s.xid and grants.branch_id = s.branch_id
        order by coupon_code, customer_id
          for update of grants
     )
     update grants
        set ${TARGETS[state]}
       from settled
      where grants.coupon_code = settled.coupon_code
        and grants.customer_id = settled.customer_id`,
    [
      locked.map(({ couponCode }) => couponCode),
      locked.map(({ customerId }) => customerId),
      locked.map(({ xid }) => xid),
      locked.map(({ branchId }) => branchId),
    ],
  );
  return rowCount;
}
