import type { Sql } from '@holdfast/participant';
import type { GrantState } from '@holdfast/shop';
import type { HeldCoupon } from '../coupon-rules.js';

/** A coupon of a customer, whether there is one or not. */
export interface GrantKey {
  readonly couponCode: string;
  readonly customerId: string;
}

/** Ids hold no space, so this tells all grants apart. */
export function keyOf({ couponCode, customerId }: GrantKey): string {
  return `${couponCode} ${customerId}`;
}

interface HeldRow {
  readonly coupon_code: string;
  readonly customer_id: string;
  readonly valid_from: string;
  readonly valid_to: string;
  readonly minimum_minor: string;
  readonly state: GrantState | null;
}

/**
 * Locks the rows of these grants and reads them with their coupons, by `keyOf`; an unknown coupon is left out.
 *
 * The sort stands below the locking, so all batches lock in one order and none waits for another in a circle. The
 * locking is a step of its own because PostgreSQL locks no rows of an outer join's optional side.
 */
export async function lockGrants(sql: Sql, keys: readonly GrantKey[]): Promise<Map<string, HeldCoupon>> {
  const { rows } = await sql.query<HeldRow>(
    `with wanted as (
       select distinct coupon_code, customer_id from unnest ($1::text[], $2::text[]) as w (coupon_code, customer_id)
     ), held as (
       select coupon_code, customer_id, grants.state
         from grants join wanted using (coupon_code, customer_id)
        order by coupon_code, customer_id
          for update of grants
     )
     select coupon_code, customer_id, valid_from::text, valid_to::text, minimum_minor, held.state
       from wanted
       join coupons using (coupon_code)
       left join held using (coupon_code, customer_id)`,
    [keys.map(({ couponCode }) => couponCode), keys.map(({ customerId }) => customerId)],
  );
  return new Map(
    rows.map((row) => [
      keyOf({ couponCode: row.coupon_code, customerId: row.customer_id }),
      {
        validFrom: row.valid_from,
        validTo: row.valid_to,
        minimumMinor: Number(row.minimum_minor),
        state: row.state,
      },
    ]),
  );
}
