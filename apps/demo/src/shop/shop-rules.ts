import { LINES_MAX } from '@holdfast/shop';
import { groupBy } from './grouping.js';
import type { Faults } from './shop-faults.js';
import { tableFile, type Row, type ShopTables } from './shop-tables.js';
import { basketAmounts, isInPeriod } from './shop.js';
import { TableChecks } from './table-checks.js';

/** The sound lines of each basket. Where the file is not whole some are missing, so nothing is summed up then. */
type Baskets = ReadonlyMap<string, readonly Row<'baskets'>[]>;

/** Reports what rows say about each other, beyond their keys, and is not so: amounts, times, who did what. */
export function checkRules(tables: ShopTables, faults: Faults): void {
  const baskets = groupBy(tables.baskets.rows, ({ value }) => value.basketId);
  for (const name of ['products', 'customers', 'baskets'] as const) {
    const { isWhole, rows } = tables[name];
    if (isWhole && rows.length === 0) faults.add({ file: tableFile(name), text: 'has no rows' });
  }
  checkCoupons(tables, new TableChecks(tables.coupons, faults));
  checkBaskets(baskets, new TableChecks(tables.baskets, faults));
  checkDiscounts(tables, new TableChecks(tables.baskets, faults));
  checkRedemptions(tables, baskets, new TableChecks(tables.coupon_redemptions, faults));
  checkCancellations(tables, baskets, new TableChecks(tables.cancellations, faults));
}

function checkCoupons({ coupons }: ShopTables, checks: TableChecks<'coupons'>): void {
  for (const row of coupons.rows) {
    const { validFrom, validTo } = row.value;
    checks.holds(row, 'validTo', validFrom <= validTo, `${validTo} is before the first day, ${validFrom}`);
  }
}

function checkBaskets(baskets: Baskets, checks: TableChecks<'baskets'>): void {
  for (const [basketId, [first, ...others]] of baskets) {
    if (!first) continue;
    for (const row of others) {
      checks.equals(row, 'customerId', first.value.customerId, `the customer of ${basketId}'s first line`);
      checks.equals(row, 'orderedAt', first.value.orderedAt, `the time of ${basketId}'s first line`);
    }
    for (const row of [first, ...others]) {
      const { quantity, paidMinor } = row.value;
      const text = `${paidMinor} is no multiple of the quantity, ${quantity}`;
      checks.holds(row, 'paidMinor', paidMinor % quantity === 0, text);
    }
    const tooMany = others[LINES_MAX - 1];
    if (tooMany) checks.holds(tooMany, 'line', false, `${basketId} has more than ${LINES_MAX} lines`);
  }
}

function checkDiscounts(tables: ShopTables, checks: TableChecks<'baskets'>): void {
  const products = new Map(tables.products.rows.map(({ value }) => [value.productId, value]));
  const coupons = new Map(tables.coupons.rows.map(({ value }) => [value.couponId, value]));
  const redeemed = new Map(tables.coupon_redemptions.rows.map(({ value }) => [value.basketId, value]));
  for (const row of tables.baskets.rows) {
    const { basketId, productId, quantity, paidMinor, discountMinor } = row.value;
    if (discountMinor === 0) continue;
    const redemption = redeemed.get(basketId);
    if (!redemption && tables.coupon_redemptions.isWhole)
      checks.equals(row, 'discountMinor', 0, `since ${basketId} redeemed no coupon`);
    const product = products.get(productId);
    if (!product) continue;
    const off = quantity * product.unitPriceMinor - paidMinor;
    checks.equals(row, 'discountMinor', off, 'quantity times list price less what was paid');
    const category = coupons.get(redemption?.couponId ?? '')?.category ?? product.category;
    const effect = `${productId} is ${product.category}, but the coupon takes effect on ${category}`;
    checks.holds(row, 'discountMinor', product.category === category, effect);
  }
}

function checkRedemptions(
  tables: ShopTables,
  baskets: Baskets,
  checks: TableChecks<'coupon_redemptions'>,
): void {
  const coupons = new Map(tables.coupons.rows.map(({ value }) => [value.couponId, value]));
  const grants = new Set(
    tables.coupon_grants.rows.map(({ value }) => `${value.campaignId} ${value.customerId}`),
  );
  for (const row of tables.coupon_redemptions.rows) {
    const { couponId, customerId, basketId, redeemedAt } = row.value;
    const coupon = coupons.get(couponId);
    if (coupon) {
      const { campaignId, validFrom, validTo } = coupon;
      const isGranted = grants.has(`${campaignId} ${customerId}`) || !tables.coupon_grants.isWhole;
      checks.holds(row, 'customerId', isGranted, `${campaignId} was not granted to ${customerId}`);
      const outside = `${redeemedAt} is not in ${validFrom} to ${validTo}, the coupon's days`;
      checks.holds(row, 'redeemedAt', isInPeriod(coupon, redeemedAt), outside);
    }
    const lines = (baskets.get(basketId) ?? []).map(({ value }) => value);
    const [first] = lines;
    if (!first) continue;
    checks.equals(row, 'customerId', first.customerId, "the basket's customer");
    checks.equals(row, 'redeemedAt', first.orderedAt, "the basket's time");
    if (!tables.baskets.isWhole) continue;
    const { totalMinor, discountMinor } = basketAmounts({ lines });
    checks.equals(row, 'discountMinor', discountMinor, "the sum of the discounts of the basket's lines");
    const minimum = coupon?.minimumMinor ?? 0;
    const below = `the basket's total, ${totalMinor}, is below the coupon's minimum, ${minimum}`;
    checks.holds(row, 'couponId', totalMinor >= minimum, below);
  }
}

function checkCancellations(
  tables: ShopTables,
  baskets: Baskets,
  checks: TableChecks<'cancellations'>,
): void {
  const documents = groupBy(tables.cancellations.rows, ({ value }) => value.cancellationId);
  const cancelled = new Map<string, number>();
  for (const row of tables.cancellations.rows) {
    const { cancellationId, basketId, cancelledAt, productId, quantity } = row.value;
    const document = documents.get(cancellationId)?.[0]?.value ?? row.value;
    checks.equals(row, 'customerId', document.customerId, `the customer of ${cancellationId}'s first line`);
    checks.equals(row, 'cancelledAt', document.cancelledAt, `the time of ${cancellationId}'s first line`);
    const lines = (baskets.get(basketId) ?? []).map(({ value }) => value);
    const [first] = lines;
    if (!first) continue;
    checks.equals(row, 'customerId', first.customerId, "the basket's customer");
    const early = `${cancelledAt} is before the basket's time, ${first.orderedAt}`;
    checks.holds(row, 'cancelledAt', cancelledAt >= first.orderedAt, early);
    if (!tables.baskets.isWhole) continue;
    const article = `${basketId} ${productId}`;
    const total = quantity + (cancelled.get(article) ?? 0);
    cancelled.set(article, total);
    const bought = lines.reduce((sum, line) => sum + (line.productId === productId ? line.quantity : 0), 0);
    const text = `${total} of ${productId} are cancelled in all, but the basket has ${bought}`;
    checks.holds(row, 'quantity', total <= bought, text);
  }
}
