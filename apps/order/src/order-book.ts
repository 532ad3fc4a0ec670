import { Injectable } from '@nestjs/common';
import type { Address, OrderLine, OrderView } from '@holdfast/shop';
import { DataSource } from 'typeorm';
import type { Decision } from './checkout-book.js';

/** An order as far as this service's own tables tell. */
export interface KnownOrder extends Pick<OrderView, 'orderNo' | 'customerId' | 'orderedAt' | 'details'> {
  readonly xid: string | null;
  /** Null while it is not known here; its reason is null as well where only the branch knows that it was cancelled. */
  readonly decision: Decision | null;
}

interface OrderRow {
  readonly order_no: string;
  readonly customer_id: string;
  readonly ordered_at: Date;
  readonly xid: string | null;
  readonly outcome: Decision['outcome'] | null;
  readonly reason_code: string | null;
  readonly reason_message: string | null;
  readonly currency: string | null;
  readonly coupon_code: string | null;
  readonly address: Address | null;
  readonly lines: OrderLine[] | null;
}

/** Orders as their customers see them. */
@Injectable()
export class OrderBook {
  constructor(private readonly dataSource: DataSource) {}

  /** What is known from the checkout and from its branch: either may be missing, and either may know more. */
  async find(orderNo: string): Promise<KnownOrder | undefined> {
    const [row] = await this.dataSource.query<OrderRow[]>(
      `select order_no,
              coalesce (c.customer_id, o.customer_id) as customer_id,
              coalesce (c.ordered_at, o.ordered_at) as ordered_at,
              coalesce (c.xid, o.xid) as xid,
              coalesce (c.outcome, case o.status when 'paid' then 'confirmed' when 'closed' then 'cancelled' end)
                as outcome,
              c.reason_code, c.reason_message, o.currency, o.coupon_code, o.address,
              (select json_agg (json_build_object ('sku', sku, 'quantity', quantity, 'amountMinor', amount_minor,
                                                   'discountMinor', discount_minor) order by line)
                 from order_lines as l where l.order_no = $1) as lines
         from (select * from checkouts where order_no = $1) as c
         full join (select * from orders where order_no = $1) as o using (order_no)`,
      [orderNo],
    );
    return row && knownOrder(row);
  }
}

function knownOrder(row: OrderRow): KnownOrder {
  const { xid, outcome, reason_code: code, reason_message: message } = row;
  return {
    orderNo: row.order_no,
    customerId: row.customer_id,
    orderedAt: row.ordered_at.toISOString(),
    xid,
    decision:
      xid && outcome
        ? { xid, outcome, reason: code === null ? null : { code, message: message ?? '' } }
        : null,
    details: detailsOf(row),
  };
}

function detailsOf({ currency, lines, address, coupon_code: couponCode }: OrderRow): OrderView['details'] {
  if (currency === null || address === null || lines === null) return null;
  const sum = (amountOf: (line: OrderLine) => number) =>
    lines.reduce((total, line) => total + amountOf(line), 0);
  return {
    currency,
    lines,
    couponCode,
    address,
    totalMinor: sum(({ amountMinor }) => amountMinor),
    discountMinor: sum(({ discountMinor }) => discountMinor),
  };
}
