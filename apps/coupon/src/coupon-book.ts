import { Injectable } from '@nestjs/common';
import type { Coupon, CouponPage, CouponView, GrantPage, GrantState, GrantView } from '@holdfast/shop';
import { DataSource } from 'typeorm';

interface CouponRow {
  readonly valid_from: string;
  readonly valid_to: string;
  readonly minimum_minor: string;
  readonly free: string;
  readonly locked: string;
  readonly used: string;
}

/** Coupons and grants as people and programs outside of checkouts see them. */
@Injectable()
export class CouponBook {
  constructor(private readonly dataSource: DataSource) {}

  /** Adds coupons, or changes their terms. */
  async load(coupons: CouponPage['items']): Promise<void> {
    await this.dataSource.query(
      `insert into coupons (coupon_code, valid_from, valid_to, minimum_minor)
       select * from unnest ($1::text[], $2::date[], $3::date[], $4::bigint[])
              as given (coupon_code, valid_from, valid_to, minimum_minor)
        order by given.coupon_code collate "C"
       on conflict (coupon_code) do update
          set valid_from = excluded.valid_from, valid_to = excluded.valid_to, minimum_minor = excluded.minimum_minor`,
      [
        coupons.map(({ couponCode }) => couponCode),
        coupons.map(({ validFrom }) => validFrom),
        coupons.map(({ validTo }) => validTo),
        coupons.map(({ minimumMinor }) => minimumMinor),
      ],
    );
  }

  /** Those of the codes of which there is no coupon. */
  async unknownOf(codes: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.dataSource.query<Pick<Coupon, 'couponCode'>[]>(
      `select code as "couponCode" from unnest ($1::text[]) as code
        where not exists (select from coupons where coupon_code = code)`,
      [codes],
    );
    return new Set(rows.map(({ couponCode }) => couponCode));
  }

  /** Gives coupons to customers; what they have already stays as it is, used or not. */
  async grant(grants: GrantPage['items']): Promise<void> {
    await this.dataSource.query(
      `insert into grants (coupon_code, customer_id)
       select * from unnest ($1::text[], $2::text[]) as given (coupon_code, customer_id)
        order by given.coupon_code collate "C", given.customer_id collate "C"
       on conflict do nothing`,
      [grants.map(({ couponCode }) => couponCode), grants.map(({ customerId }) => customerId)],
    );
  }

  async find(couponCode: string): Promise<CouponView | undefined> {
    const [row] = await this.dataSource.query<CouponRow[]>(
      `select valid_from::text, valid_to::text, minimum_minor,
              count (*) filter (where state = 'free') as free,
              count (*) filter (where state = 'locked') as locked,
              count (*) filter (where state = 'used') as used
         from coupons left join grants using (coupon_code)
        where coupon_code = $1
        group by coupon_code`,
      [couponCode],
    );
    if (!row) return undefined;
    return {
      couponCode,
      validFrom: row.valid_from,
      validTo: row.valid_to,
      minimumMinor: Number(row.minimum_minor),
      grants: { free: Number(row.free), locked: Number(row.locked), used: Number(row.used) },
    };
  }

  async findGrant(couponCode: string, customerId: string): Promise<GrantView | undefined> {
    const [row] = await this.dataSource.query<{ state: GrantState; xid: string | null }[]>(
      'select state, xid from grants where coupon_code = $1 and customer_id = $2',
      [couponCode, customerId],
    );
    return row && { couponCode, customerId, state: row.state, xid: row.xid };
  }
}
