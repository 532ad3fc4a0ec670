import type { Sql } from '@holdfast/participant';
import type { Address, OrderLine } from '@holdfast/shop';

/** An order as its branch writes it down. */
export interface NewOrder {
  readonly xid: string;
  readonly orderNo: string;
  readonly customerId: string;
  readonly currency: string;
  readonly couponCode?: string | undefined;
  readonly address: Address;
  readonly orderedAt: string;
  readonly lines: readonly OrderLine[];
}

/**
 * Writes orders with their lines, pending, and answers the numbers of those that it wrote: a number that is taken is
 * left out. No number may stand twice among them.
 */
export async function insertOrders(sql: Sql, orders: readonly NewOrder[]): Promise<Set<string>> {
  const lines = orders.flatMap(({ orderNo, lines }) =>
    lines.map((line, index) => ({ orderNo, line: index + 1, ...line })),
  );
  const { rows } = await sql.query<{ order_no: string }>(
    `with created as (
       insert into orders (order_no, xid, customer_id, currency, coupon_code, address, ordered_at)
       select * from unnest ($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::timestamptz[])
       on conflict (order_no) do nothing
       returning order_no
     ), lined as (
       insert into order_lines (order_no, line, sku, quantity, amount_minor, discount_minor)
       select given.*
         from unnest ($8::text[], $9::int[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[])
              as given (order_no, line, sku, quantity, amount_minor, discount_minor)
         join created using (order_no)
     )
     select order_no from created`,
    [
      orders.map(({ orderNo }) => orderNo),
      orders.map(({ xid }) => xid),
      orders.map(({ customerId }) => customerId),
      orders.map(({ currency }) => currency),
      orders.map(({ couponCode }) => couponCode ?? null),
      orders.map(({ address }) => JSON.stringify(address)),
      orders.map(({ orderedAt }) => orderedAt),
      lines.map(({ orderNo }) => orderNo),
      lines.map(({ line }) => line),
      lines.map(({ sku }) => sku),
      lines.map(({ quantity }) => quantity),
      lines.map(({ amountMinor }) => amountMinor),
      lines.map(({ discountMinor }) => discountMinor),
    ],
  );
  return new Set(rows.map(({ order_no: orderNo }) => orderNo));
}
