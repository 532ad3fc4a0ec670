import { curve, Draws } from './draws.js';
import { BasketMaker, type MadeLine } from './made-baskets.js';
import { makeProducts } from './made-catalogue.js';
import { makeCoupons } from './made-coupons.js';
import { makeVisits, type Visit } from './made-visits.js';
import { compareText, toTime, type Basket, type Cancellation, type Shop } from './shop.js';

/** The made shop is as large as the one whose distributions it has. */
export const MADE_BASKETS = 3_000;
export const MADE_SEED = 20_251;
const PRODUCTS = 3_650;
const FIRST_BASKET_NUMBER = 700_001;

/** Of the baskets, the share from which something is sent back, and how many lines of it, and how late. */
const CANCELLED_SHARE = 0.118;
const CANCELLED_LINES = curve('0% 1, 58% 1.99, 75% 3, 90% 5, 98% 11, 100% 18');
const CANCELLED_WHOLLY_SHARE = 0.05;
const CANCELLED_AFTER_MINUTES = curve('0% 1, 10% 30, 50% 10080, 90% 43200, 100% 110000');
const MINUTE_MS = 60 * 1000;

/**
 * Invents a shop: the same one for a seed, on every machine. Its names and ids are made up; its distributions
 * (lines of a basket, hot articles, prices, quantities, repeat customers, double orders, coupons) are those of real
 * orders, see docs/demo-data.md.
 *
 * @param baskets fewer make a smaller shop with the same articles, for tests.
 */
export function makeShop(seed: number, baskets = MADE_BASKETS): Shop {
  const draws = new Draws(seed);
  const products = makeProducts(draws, PRODUCTS);
  const visits = makeVisits(draws, baskets);
  const customers = [...new Set(visits.map(({ customer }) => customer))].sort((a, b) =>
    compareText(a.customerId, b.customerId),
  );
  const maker = new BasketMaker(draws, products);
  const filled = new Map<Visit, MadeLine[]>();
  for (const visit of visits)
    filled.set(visit, maker.make(visit, visit.follows && filled.get(visit.follows)));
  const made = [...filled].map(([visit, lines], index) => ({
    basketId: String(FIRST_BASKET_NUMBER + index),
    customerId: visit.customer.customerId,
    orderedAt: visit.orderedAt,
    lines,
  }));
  const sold = makeCoupons(draws, made, customers);
  return { products, customers, ...sold, cancellations: makeCancellations(draws, sold.baskets) };
}

function makeCancellations(draws: Draws, baskets: readonly Basket[]): Cancellation[] {
  return baskets
    .filter(() => draws.chance(CANCELLED_SHARE))
    .map((basket) => {
      const delay = Math.ceil(draws.value(CANCELLED_AFTER_MINUTES)) * MINUTE_MS;
      return { basket, cancelledAt: toTime(Date.parse(basket.orderedAt) + delay) };
    })
    .sort((a, b) => compareText(a.cancelledAt, b.cancelledAt))
    .flatMap(({ basket, cancelledAt }, index) => {
      const isWhole = draws.chance(CANCELLED_WHOLLY_SHARE);
      const count = isWhole ? basket.lines.length : Math.floor(draws.value(CANCELLED_LINES));
      return basket.lines.slice(0, count).map(({ productId, quantity, paidMinor }) => {
        const sentBack = isWhole ? quantity : draws.int(1, quantity);
        return {
          cancellationId: `C${FIRST_BASKET_NUMBER + index}`,
          basketId: basket.basketId,
          customerId: basket.customerId,
          cancelledAt,
          productId,
          quantity: sentBack,
          amountMinor: (paidMinor / quantity) * sentBack,
        };
      });
    });
}
