import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { Faults } from './shop-faults.js';
import { checkKeys } from './shop-keys.js';
import { checkRules } from './shop-rules.js';
import { TABLE_NAMES, tableColumns, tableFile } from './shop-tables.js';
import type { ShopTables, Table, TableName, TableRow } from './shop-tables.js';
import { compareText, type Basket, type BasketLine, type Shop } from './shop.js';
import { readTable } from './table-file.js';

/**
 * Reads a shop from the seven CSV files of a folder and checks all of it: every row by itself, keys and
 * references, and what rows say about each other.
 *
 * @throws ShopFaultsError naming up to `FAULTS_MAX` faults by file, line and column.
 */
export async function readShop(folder: string): Promise<Shop> {
  const faults = new Faults();
  const tables: ShopTables = {
    products: await readTable(folder, 'products', faults),
    customers: await readTable(folder, 'customers', faults),
    coupons: await readTable(folder, 'coupons', faults),
    coupon_grants: await readTable(folder, 'coupon_grants', faults),
    baskets: await readTable(folder, 'baskets', faults),
    coupon_redemptions: await readTable(folder, 'coupon_redemptions', faults),
    cancellations: await readTable(folder, 'cancellations', faults),
  };
  checkKeys(tables, faults);
  checkRules(tables, faults);
  faults.throwIfAny();
  return toShop(tables);
}

/** Writes a shop as the folder that `readShop` reads, which is made where it is missing. */
export async function writeShop(folder: string, shop: Shop): Promise<void> {
  await mkdir(folder, { recursive: true });
  const rows = toRows(shop);
  for (const name of TABLE_NAMES) {
    const columns = Object.entries(tableColumns(name)).map(([key, column]) => ({ key, header: column.name }));
    await writeFile(join(folder, tableFile(name)), stringify([...rows[name]], { header: true, columns }));
  }
}

function toShop(tables: ShopTables): Shop {
  return {
    products: valuesOf(tables.products),
    customers: valuesOf(tables.customers),
    coupons: valuesOf(tables.coupons),
    grants: valuesOf(tables.coupon_grants),
    baskets: toBaskets(tables),
    redemptions: valuesOf(tables.coupon_redemptions),
    cancellations: valuesOf(tables.cancellations),
  };
}

function toRows(shop: Shop): { readonly [Name in TableName]: readonly TableRow<Name>[] } {
  return {
    products: shop.products,
    customers: shop.customers,
    coupons: shop.coupons,
    coupon_grants: shop.grants,
    baskets: shop.baskets.flatMap(({ basketId, customerId, orderedAt, lines }) =>
      lines.map((line) => ({ basketId, customerId, orderedAt, ...line })),
    ),
    coupon_redemptions: shop.redemptions,
    cancellations: shop.cancellations,
  };
}

function toBaskets({ baskets, coupon_redemptions }: ShopTables): Basket[] {
  const couponOf = new Map(coupon_redemptions.rows.map(({ value }) => [value.basketId, value.couponId]));
  const found = new Map<string, Basket & { lines: BasketLine[] }>();
  for (const { value } of baskets.rows) {
    const { basketId, customerId, orderedAt, ...line } = value;
    const couponId = couponOf.get(basketId);
    const basket = found.get(basketId) ?? {
      basketId,
      customerId,
      orderedAt,
      ...(couponId && { couponId }),
      lines: [],
    };
    basket.lines.push(line);
    found.set(basketId, basket);
  }
  for (const basket of found.values()) basket.lines.sort((a, b) => a.line - b.line);
  return [...found.values()].sort(
    (a, b) => compareText(a.orderedAt, b.orderedAt) || compareText(a.basketId, b.basketId),
  );
}

function valuesOf<Name extends TableName>(table: Table<Name>): TableRow<Name>[] {
  return table.rows.map(({ value }) => value);
}
