import pg from 'pg';
import type { ShopService } from '../stack/stack-plan.js';
import type { Books } from './books.js';

const CONNECT_MS_MAX = 10_000;

/** Reads the books of the four services. It writes nothing, and of each database it sees one moment. */
export async function readBooks(databases: Readonly<Record<ShopService, string>>): Promise<Books> {
  const [order, inventory, coupon, payment] = await Promise.all([
    readAll(databases.order, {
      checkouts: `select order_no as "orderNo", idempotency_key as "idempotencyKey", xid, outcome,
                         reason_code as "reasonCode"
                    from checkouts`,
      orders: `select order_no as "orderNo", xid, status, customer_id as "customerId", currency,
                      coupon_code as "couponCode", ordered_at as "orderedAt"
                 from orders`,
      orderLines: `select order_no as "orderNo", line, sku, quantity, amount_minor as "amountMinor",
                          discount_minor as "discountMinor"
                     from order_lines`,
    }),
    readAll(databases.inventory, {
      stock: 'select sku, available, frozen, sold from stock',
      reservations: 'select xid, branch_id as "branchId", sku, quantity, state from reservations',
    }),
    readAll(databases.coupon, {
      grants: `select coupon_code as "couponCode", customer_id as "customerId", state, xid,
                      discount_minor as "discountMinor"
                 from grants`,
    }),
    readAll(databases.payment, {
      wallets: `select customer_id as "customerId", currency, available_minor as "availableMinor",
                       frozen_minor as "frozenMinor"
                  from wallets`,
      journal: `select entry, branch_id as "branchId", movement, account, customer_id as "customerId", currency,
                       amount_minor as "amountMinor"
                  from journal`,
    }),
  ]);
  return { ...order, ...inventory, ...coupon, ...payment };
}

/** The rows of each statement, under its name. The statements name their columns as `Books` does. */
async function readAll<Name extends keyof Books>(
  url: string,
  statements: Readonly<Record<Name, string>>,
): Promise<Pick<Books, Name>> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    types: { getTypeParser },
  });
  client.on('error', () => undefined); // A lost connection also rejects what runs on it.
  await client.connect();
  try {
    await client.query('begin transaction isolation level repeatable read read only');
    const rows: Partial<Record<Name, unknown>> = {};
    for (const [name, text] of Object.entries<string>(statements))
      rows[name as Name] = (await client.query(text)).rows;
    return rows as Pick<Books, Name>;
  } finally {
    await client.end();
  }
}

/** A bigint becomes a bigint, where pg would give text. */
const getTypeParser: typeof pg.types.getTypeParser = (type: number, format?: 'text' | 'binary') =>
  type === (pg.types.builtins.INT8 as number) ? BigInt : (pg.types.getTypeParser(type, format) as never);
