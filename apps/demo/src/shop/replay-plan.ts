import { couponMisuses } from './coupon-misuse.js';
import { groupBy } from './grouping.js';
import { madeAddress } from './made-address.js';
import type { Mark, PlannedOrder, PlannedRequest } from './planned-order.js';
import { chooseScarcity, expectationOf, stockLevels, walletBalances } from './scarcity.js';
import type { StockLevel, WalletBalance } from './scarcity.js';
import { compareText, SHOP_CURRENCY, type Basket, type Shop } from './shop.js';
import { spread } from './spread.js';

/** What is loaded into the services before the replay besides the shop itself, and the orders that are then sent. */
export interface ReplayPlan {
  /** Of every product. */
  readonly stock: readonly StockLevel[];
  /** Of every customer who has a wallet. */
  readonly wallets: readonly WalletBalance[];
  /** In order of time. */
  readonly orders: readonly PlannedOrder[];
}

/** Of the shop's baskets, the share that is sent twice at once. */
const SECOND_TAP_SHARE = 0.0134;
const DOUBLE_ORDER_MS = 60 * 60 * 1000;
const DOUBLE_ORDER_ALIKE_SHARE = 0.5;

/**
 * Plans the replay of a shop: every basket as it was, and some more orders whose coupon is refused; stock and
 * balances such that a visible share of the rest is refused as well. The same shop gives the same plan.
 */
export function planReplay(shop: Shop): ReplayPlan {
  const scarcity = chooseScarcity(shop);
  const countries = new Map(shop.customers.map(({ customerId, country }) => [customerId, country]));
  const tapped = new Set(spread(shop.baskets, Math.ceil(shop.baskets.length * SECOND_TAP_SHARE)));
  const doubled = doubleOrders(shop.baskets);
  const own = shop.baskets.map((basket): PlannedOrder => {
    const marks: Mark[] = [];
    if (tapped.has(basket)) marks.push('SECOND_TAP');
    if (doubled.has(basket)) marks.push('DOUBLE_ORDER');
    return {
      orderKey: `basket:${basket.basketId}`,
      basketId: basket.basketId,
      request: toRequest(basket, countries.get(basket.customerId) ?? ''),
      marks,
      expected: expectationOf(basket, scarcity),
    };
  });
  const orders = [...own, ...couponMisuses(shop, own)].sort(
    (a, b) => compareText(a.request.orderedAt, b.request.orderedAt) || compareText(a.orderKey, b.orderKey),
  );
  return {
    stock: stockLevels(shop, orders, scarcity),
    wallets: walletBalances(shop, orders, scarcity),
    orders,
  };
}

function toRequest({ customerId, orderedAt, couponId, lines }: Basket, country: string): PlannedRequest {
  return {
    customerId,
    currency: SHOP_CURRENCY,
    items: lines.map(({ productId, quantity, paidMinor, discountMinor }) => ({
      sku: productId,
      quantity,
      amountMinor: paidMinor,
      discountMinor,
    })),
    ...(couponId && { couponCode: couponId }),
    address: madeAddress(customerId, country),
    orderedAt,
  };
}

/** Baskets that come within the hour after another one of the customer that has half of the same articles. */
function doubleOrders(baskets: readonly Basket[]): Set<Basket> {
  const articlesOf = (basket: Basket) => new Set(basket.lines.map(({ productId }) => productId));
  const isDouble = (basket: Basket, earlier: Basket) => {
    if (Date.parse(basket.orderedAt) - Date.parse(earlier.orderedAt) > DOUBLE_ORDER_MS) return false;
    const articles = articlesOf(basket);
    const before = articlesOf(earlier);
    const alike = [...articles].filter((article) => before.has(article)).length;
    return alike >= DOUBLE_ORDER_ALIKE_SHARE * Math.max(articles.size, before.size);
  };
  const doubled = new Set<Basket>();
  for (const own of groupBy(baskets, ({ customerId }) => customerId).values()) {
    for (const [index, basket] of own.entries())
      if (own.slice(0, index).some((earlier) => isDouble(basket, earlier))) doubled.add(basket);
  }
  return doubled;
}
