import { AMOUNT_MINOR_MAX, CouponCode, CustomerId, QUANTITY_MAX, Sku } from '@holdfast/shop';
import { z } from 'zod';

/** Ids are part of keys, so they are plain. */
const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, ".", "_" or "-"');

/** U+FFFD is what bytes that are not UTF-8 are decoded to. */
const text = z
  .string()
  .regex(
    /^(?!\s)[^\p{Cc}\uFFFD]{1,200}(?<!\s)$/u,
    'must be 1 to 200 characters of UTF-8, without control characters, and without space at the ends',
  );

const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^(0|[1-9]\d{0,14})$/, error)
    .transform(Number)
    .refine((value) => min <= value && value <= max, error);
};
const amount = (min: number) => whole(min, AMOUNT_MINOR_MAX);
const quantity = whole(1, QUANTITY_MAX);

/** One form for all times, so that they compare as text. */
const time = z.iso.datetime({ precision: 0, error: 'must be a time such as 2011-08-01T08:30:00Z' });
const day = z.iso.date('must be a day such as 2011-08-01');

interface Column<Schema extends z.ZodType = z.ZodType> {
  /** In the file's header. */
  readonly name: string;
  readonly schema: Schema;
}

const column = <Schema extends z.ZodType>(name: string, schema: Schema): Column<Schema> => ({ name, schema });

/**
 * The files of a shop's folder, each `<name>.csv`: what a row's field is called here, its column in the file, and
 * what stands in it. The columns are in the order in which they are written.
 */
const SHOP_TABLES = {
  products: {
    productId: column('product_id', Sku),
    name: column('name', text),
    category: column('category', text),
    packageSize: column('package_size', quantity),
    unitPriceMinor: column('unit_price_cents', amount(1)),
  },
  customers: {
    customerId: column('customer_id', CustomerId),
    country: column('country', text),
  },
  coupons: {
    couponId: column('coupon_id', CouponCode),
    campaignId: column('campaign_id', id),
    category: column('category', text),
    minimumMinor: column('min_amount_cents', amount(0)),
    validFrom: column('valid_from', day),
    validTo: column('valid_to', day),
  },
  coupon_grants: {
    campaignId: column('campaign_id', id),
    customerId: column('customer_id', CustomerId),
  },
  baskets: {
    basketId: column('basket_id', id),
    line: column('line', quantity),
    customerId: column('customer_id', CustomerId),
    orderedAt: column('transaction_timestamp', time),
    productId: column('product_id', Sku),
    quantity: column('quantity', quantity),
    paidMinor: column('sales_value_cents', amount(1)),
    discountMinor: column('coupon_disc_cents', amount(0)),
  },
  coupon_redemptions: {
    couponId: column('coupon_id', CouponCode),
    customerId: column('customer_id', CustomerId),
    basketId: column('basket_id', id),
    redeemedAt: column('redeemed_at', time),
    discountMinor: column('discount_cents', amount(1)),
  },
  cancellations: {
    cancellationId: column('cancellation_id', id),
    basketId: column('basket_id', id),
    customerId: column('customer_id', CustomerId),
    cancelledAt: column('cancelled_at', time),
    productId: column('product_id', Sku),
    quantity: column('quantity', quantity),
    amountMinor: column('amount_cents', amount(1)),
  },
};

export type TableName = keyof typeof SHOP_TABLES;
export type Field<Name extends TableName> = Extract<keyof (typeof SHOP_TABLES)[Name], string>;
export type TableRow<Name extends TableName> = {
  readonly [F in Field<Name>]: (typeof SHOP_TABLES)[Name][F] extends Column<infer Schema>
    ? z.output<Schema>
    : never;
};

export interface Row<Name extends TableName> {
  /** Of the file, from 1, which is the header. */
  readonly line: number;
  readonly value: TableRow<Name>;
}

export interface Table<Name extends TableName> {
  readonly name: Name;
  /** The rows that are sound by themselves. */
  readonly rows: readonly Row<Name>[];
  /** No row was left out, so what is not found here is really missing. */
  readonly isWhole: boolean;
}

export type ShopTables = { readonly [Name in TableName]: Table<Name> };

export const TABLE_NAMES = Object.keys(SHOP_TABLES) as readonly TableName[];

export function tableFile(name: TableName): string {
  return `${name}.csv`;
}

export function tableColumns(name: TableName): Readonly<Record<string, Column>> {
  return SHOP_TABLES[name];
}
