import { groupBy } from './grouping.js';
import { orderAmounts, type Expectation, type PlannedOrder } from './planned-order.js';
import { compareText, type Basket, type Shop } from './shop.js';
import { spread } from './spread.js';

/** Which of a shop's articles and customers do not have enough, so that some of its baskets are refused. */
export interface Scarcity {
  /** Nothing in stock: every basket with one of these is refused. */
  readonly soldOut: ReadonlySet<string>;
  /** The hottest articles, of which there are fewer than are ordered. */
  readonly scarce: ReadonlySet<string>;
  /** Customers without a wallet. */
  readonly walletless: ReadonlySet<string>;
  /** Customers who can't pay any of their baskets. */
  readonly poor: ReadonlySet<string>;
  /** Customers who can pay some of their baskets, but not all. */
  readonly tight: ReadonlySet<string>;
}

export interface StockLevel {
  readonly sku: string;
  readonly available: number;
}

export interface WalletBalance {
  readonly customerId: string;
  readonly availableMinor: number;
}

/** Of the baskets, the shares that are refused for certain, for want of stock, of money and of a wallet. */
const SOLD_OUT_SHARE = 0.02;
const POOR_SHARE = 0.02;
const WALLETLESS_SHARE = 0.01;
const SCARCE_ARTICLES = 2;
const SCARCE_STOCK_SHARE = 0.75;
/** Customers with money for a part of their baskets, as a share of the baskets. */
const TIGHT_SHARE = 0.007;
const TIGHT_BASKETS_MIN = 3;
const TIGHT_BALANCE_SHARE = 0.6;

/**
 * Chooses so that no basket has two reasons to be refused: customers who lack money order nothing that lacks stock.
 * Otherwise which of the two is answered would hang on which service is quicker.
 */
export function chooseScarcity({ baskets }: Shop): Scarcity {
  const hottestFirst = [...basketsByArticle(baskets)].sort(
    ([a, inA], [b, inB]) => inB.size - inA.size || compareText(a, b),
  );
  const scarce = new Set(hottestFirst.slice(0, SCARCE_ARTICLES).map(([article]) => article));
  const soldOut = chooseSoldOut(hottestFirst.slice(SCARCE_ARTICLES), baskets.length * SOLD_OUT_SHARE);
  const lacksStock = ({ lines }: Basket) =>
    lines.some(({ productId }) => soldOut.has(productId) || scarce.has(productId));
  const unaffected = [...groupBy(baskets, ({ customerId }) => customerId)]
    .filter(([, own]) => !own.some(lacksStock))
    .map(([customerId, own]) => ({ customerId, count: own.length }));
  const frequent = unaffected.filter(({ count }) => count >= TIGHT_BASKETS_MIN);
  const single = unaffected.filter(({ count }) => count === 1);
  const poorCount = Math.ceil(baskets.length * POOR_SHARE);
  const walletlessCount = Math.ceil(baskets.length * WALLETLESS_SHARE);
  // Every third is without a wallet, so that both kinds are spread over all weeks.
  const without = spread(single, poorCount + walletlessCount).map(({ customerId }) => customerId);
  return {
    soldOut,
    scarce,
    walletless: new Set(without.filter((_, index) => index % 3 === 2)),
    poor: new Set(without.filter((_, index) => index % 3 !== 2)),
    tight: new Set(
      spread(frequent, Math.ceil(baskets.length * TIGHT_SHARE)).map(({ customerId }) => customerId),
    ),
  };
}

/** Articles of middling demand, until so many baskets have one. */
function chooseSoldOut(hottestFirst: readonly [string, ReadonlySet<Basket>][], count: number): Set<string> {
  const soldOut = new Set<string>();
  const affected = new Set<Basket>();
  for (const [article, within] of hottestFirst.slice(Math.floor(hottestFirst.length / 2))) {
    if (affected.size >= count) break;
    soldOut.add(article);
    for (const basket of within) affected.add(basket);
  }
  return soldOut;
}

function basketsByArticle(baskets: readonly Basket[]): Map<string, ReadonlySet<Basket>> {
  const byArticle = new Map<string, Set<Basket>>();
  for (const basket of baskets) {
    for (const { productId } of basket.lines)
      byArticle.set(productId, (byArticle.get(productId) ?? new Set<Basket>()).add(basket));
  }
  return byArticle;
}

/** How a basket ends if its coupon, where it has one, is in order. */
export function expectationOf(basket: Basket, scarcity: Scarcity): Expectation {
  const has = (articles: ReadonlySet<string>) =>
    basket.lines.some(({ productId }) => articles.has(productId));
  if (has(scarcity.soldOut)) return 'OUT_OF_STOCK';
  if (scarcity.walletless.has(basket.customerId)) return 'ACCOUNT_UNKNOWN';
  if (scarcity.poor.has(basket.customerId)) return 'INSUFFICIENT_FUNDS';
  if (has(scarcity.scarce) || scarcity.tight.has(basket.customerId)) return 'OPEN';
  return 'CONFIRMED';
}

/**
 * Stock of every product. What is not short suffices for all orders of the plan together, refused ones too: those
 * hold stock for a while, and must not make others fail.
 */
export function stockLevels(
  { products }: Shop,
  orders: readonly PlannedOrder[],
  { soldOut, scarce }: Scarcity,
): StockLevel[] {
  const demand = new Map<string, number>();
  for (const { sku, quantity } of orders.flatMap(({ request }) => request.items))
    demand.set(sku, (demand.get(sku) ?? 0) + quantity);
  return products.map(({ productId: sku }) => {
    const ordered = demand.get(sku) ?? 0;
    if (soldOut.has(sku)) return { sku, available: 0 };
    return { sku, available: scarce.has(sku) ? Math.floor(ordered * SCARCE_STOCK_SHARE) : ordered };
  });
}

/** The balance of every customer who has a wallet, by the same rule as `stockLevels`. */
export function walletBalances(
  { customers }: Shop,
  orders: readonly PlannedOrder[],
  { walletless, poor, tight }: Scarcity,
): WalletBalance[] {
  const ofCustomer = groupBy(orders, ({ request }) => request.customerId);
  return customers
    .filter(({ customerId }) => !walletless.has(customerId))
    .map(({ customerId }) => {
      const amounts = (ofCustomer.get(customerId) ?? []).map(
        ({ request }) => orderAmounts(request).payableMinor,
      );
      const least = Math.min(...amounts);
      const all = amounts.reduce((sum, amount) => sum + amount, 0);
      if (poor.has(customerId)) return { customerId, availableMinor: least - 1 };
      if (!tight.has(customerId)) return { customerId, availableMinor: all };
      return { customerId, availableMinor: Math.max(least, Math.floor(all * TIGHT_BALANCE_SHARE)) };
    });
}
