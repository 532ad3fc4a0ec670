import { groupBy } from './grouping.js';
import type { Basket, BasketLine, Shop } from './shop.js';

const HOUR_MS = 60 * 60 * 1000;

/**
 * Figures of the real shop, see docs/demo-data.md, and the factor by which a made one may miss each: seldom things
 * and the ends of distributions vary from seed to seed.
 */
export const REAL_SHOP: readonly (readonly [figure: string, real: number, factor: number])[] = [
  ['products', 3_657, 1.1],
  ['products that were sold', 2_394, 1.1],
  ['customers', 1_646, 1.1],
  ['customers of one basket', 1_072, 1.1],
  ['baskets', 3_008, 1.1],
  ['lines', 27_643, 1.1],
  ['lines of a basket: p50', 8, 1.15],
  ['lines of a basket: p90', 17, 1.15],
  ['lines of a basket: p99', 26, 1.3],
  ['lines of a basket: max', 277, 2],
  ['quantity of a line: p50', 10, 1.25],
  ['quantity of a line: p90', 48, 1.25],
  ['quantity of a line: p99', 300, 1.5],
  ['quantity of a line: max', 4_800, 2],
  ['total of a basket: p50', 23_380, 1.3],
  ['total of a basket: p90', 66_804, 1.3],
  ['total of a basket: p99', 385_090, 1.5],
  ['total of a basket: max', 3_169_816, 2.5],
  ['baskets of a customer: p50', 1, 1],
  ['baskets of a customer: p90', 3, 1],
  ['baskets of a customer: max', 30, 1.25],
  ['spent by a customer: p50', 29_942, 1.3],
  ['spent by a customer: p90', 110_468, 1.3],
  ['spent by a customer: max', 11_598_339, 4],
  ['units of a product: p50', 76, 1.4],
  ['units of a product: p90', 725, 1.4],
  ['units of a product: max', 8_635, 1.5],
  ['list price: p50', 195, 1.1],
  ['list price: p90', 765, 1.1],
  ['list price: max', 16_500, 1.5],
  ['coupon discount: p50', 2_160, 1.5],
  ['coupon discount: p90', 6_400, 1.25],
  ['coupon discount: max', 10_000, 1.1],
  ['share of lines: hottest product', 0.0064, 1.3],
  ['share of lines: 100 hottest products', 0.25, 1.1],
  ['share of lines: at list price', 0.881, 1.05],
  ['share of lines: above list price', 0.007, 1.3],
  ['share of baskets: with a coupon', 0.176, 1.25],
  ['grants', 3_310, 1.1],
  ['pairs of baskets within an hour', 310, 1.3],
  ['pairs of baskets within an hour: half alike', 18, 2],
  ['pairs of baskets within an hour: alike', 8, 2.5],
  ['baskets with a product twice', 82, 1.3],
  ['baskets that share their minute', 275, 1.3],
  ['cancelled baskets', 356, 1.15],
  ['cancelled lines', 783, 1.3],
  ['baskets on Saturdays', 0, 1],
];

export function figuresOf(shop: Shop): Readonly<Record<string, number>> {
  const { products, baskets, grants, redemptions, cancellations } = shop;
  const lines = baskets.flatMap((basket) => basket.lines);
  const ofCustomer = [...groupBy(baskets, ({ customerId }) => customerId).values()];
  const ofProduct = [...groupBy(lines, ({ productId }) => productId).values()];
  const atMinute = groupBy(baskets, ({ orderedAt }) => orderedAt.slice(0, '2011-08-01T08:30'.length));
  const paid = (basket: Basket) => sum(basket.lines.map(({ paidMinor }) => paidMinor));
  return {
    products: products.length,
    'products that were sold': ofProduct.length,
    customers: ofCustomer.length,
    'customers of one basket': ofCustomer.filter(({ length }) => length === 1).length,
    baskets: baskets.length,
    lines: lines.length,
    ...quantiles(
      'lines of a basket',
      baskets.map((basket) => basket.lines.length),
    ),
    ...quantiles(
      'quantity of a line',
      lines.map(({ quantity }) => quantity),
    ),
    ...quantiles('total of a basket', baskets.map(paid)),
    ...quantiles(
      'baskets of a customer',
      ofCustomer.map(({ length }) => length),
    ),
    ...quantiles(
      'spent by a customer',
      ofCustomer.map((own) => sum(own.map(paid))),
    ),
    ...quantiles(
      'units of a product',
      ofProduct.map((own) => sum(own.map(({ quantity }) => quantity))),
    ),
    ...quantiles(
      'list price',
      products.map(({ unitPriceMinor }) => unitPriceMinor),
    ),
    ...quantiles(
      'coupon discount',
      redemptions.map(({ discountMinor }) => discountMinor),
    ),
    ...lineShares(shop, lines, ofProduct),
    'share of baskets: with a coupon': redemptions.length / baskets.length,
    grants: grants.length,
    ...doubleOrders(ofCustomer),
    'baskets with a product twice': baskets.filter((basket) => articles(basket).size < basket.lines.length)
      .length,
    'baskets that share their minute': sum(
      [...atMinute.values()].map(({ length }) => (length > 1 ? length : 0)),
    ),
    'cancelled baskets': new Set(cancellations.map(({ basketId }) => basketId)).size,
    'cancelled lines': cancellations.length,
    'baskets on Saturdays': baskets.filter(({ orderedAt }) => new Date(orderedAt).getUTCDay() === 6).length,
  };
}

function quantiles(name: string, values: readonly number[]): Record<string, number> {
  const sorted = values.toSorted((a, b) => a - b);
  const shares = { p50: 0.5, p90: 0.9, p99: 0.99, max: 1 };
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  return Object.fromEntries(Object.entries(shares).map(([label, share]) => [`${name}: ${label}`, at(share)]));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function lineShares({ products }: Shop, lines: readonly BasketLine[], ofProduct: readonly BasketLine[][]) {
  const listPrice = new Map(products.map(({ productId, unitPriceMinor }) => [productId, unitPriceMinor]));
  const hottest = ofProduct.map(({ length }) => length).sort((a, b) => b - a);
  // Of each line what it cost before its coupon, less what it costs at list price.
  const aboveList = lines.map(
    ({ productId, quantity, paidMinor, discountMinor }) =>
      paidMinor + discountMinor - quantity * (listPrice.get(productId) ?? NaN),
  );
  return {
    'share of lines: hottest product': (hottest[0] ?? 0) / lines.length,
    'share of lines: 100 hottest products': sum(hottest.slice(0, 100)) / lines.length,
    'share of lines: at list price': aboveList.filter((above) => above === 0).length / lines.length,
    'share of lines: above list price': aboveList.filter((above) => above > 0).length / lines.length,
  };
}

/** Pairs of baskets of one customer within an hour; and of them those that share half of their articles, or all. */
function doubleOrders(ofCustomer: readonly (readonly Basket[])[]) {
  const pairs = ofCustomer.flatMap((own) =>
    own.flatMap((later, index) =>
      own
        .slice(0, index)
        .filter((earlier) => Date.parse(later.orderedAt) - Date.parse(earlier.orderedAt) <= HOUR_MS)
        .map((earlier) => alikeShare(articles(earlier), articles(later))),
    ),
  );
  return {
    'pairs of baskets within an hour': pairs.length,
    'pairs of baskets within an hour: half alike': pairs.filter((share) => share >= 0.5).length,
    'pairs of baskets within an hour: alike': pairs.filter((share) => share === 1).length,
  };
}

function articles(basket: Basket): Set<string> {
  return new Set(basket.lines.map(({ productId }) => productId));
}

function alikeShare(some: ReadonlySet<string>, others: ReadonlySet<string>): number {
  return [...some].filter((article) => others.has(article)).length / Math.max(some.size, others.size);
}
