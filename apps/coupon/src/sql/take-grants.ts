import type { Sql } from '@holdfast/participant';
import type { GrantKey } from './lock-grants.js';

/** A free grant that a branch takes. */
export interface TakenGrant extends GrantKey {
  readonly xid: string;
  readonly branchId: string;
  readonly discountMinor: number;
}

/** Locks coupons for their branches. The rows have to be locked already, and free. */
export async function takeGrants(sql: Sql, taken: readonly TakenGrant[]): Promise<void> {
  await sql.query(
    `update grants
        set state = 'locked', xid = taken.xid, branch_id = taken.branch_id, discount_minor = taken.discount_minor
       from unnest ($1::text[], $2::text[], $3::uuid[], $4::text[], $5::bigint[])
            as taken (coupon_code, customer_id, xid, branch_id, discount_minor)
      where grants.coupon_code = taken.coupon_code
        and grants.customer_id = taken.customer_id`,
    [
      taken.map(({ couponCode }) => couponCode),
      taken.map(({ customerId }) => customerId),
      taken.map(({ xid }) => xid),
      taken.map(({ branchId }) => branchId),
      taken.map(({ discountMinor }) => discountMinor),
    ],
  );
}
