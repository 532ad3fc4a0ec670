import { curve, valueAt, Weighted, type Draws } from './draws.js';
import type { Visit } from './made-visits.js';
import type { Product } from './shop.js';

/** A line before it is known whether its reduction was a coupon. */
export interface MadeLine {
  readonly product: Product;
  readonly quantity: number;
  /** What one piece cost. */
  readonly priceMinor: number;
}

const LINES = curve(
  '0% 1, 9% 1.99, 14% 2.99, 19% 4, 26% 5, 35% 6, 45% 8, 55% 10.5, 65% 13.5, 78% 15.8, 88% 17.8, 97% 18.99, 98% 20, ' +
    '98.8% 26, 99.4% 39, 99.85% 83, 100% 290',
);

/** How often an article is bought, by its place among all of them. */
const POPULARITY = curve(
  '0% 185, 0.08% 150, 0.27% 115, 0.82% 80, 2.7% 45, 8.2% 24, 27% 8, 50% 2.2, 66% 0.4, 100% 0.03',
);

/** The usual quantities of an article, by its list price: the first row whose price is above it. */
const USUAL_QUANTITIES: readonly (readonly [belowMinor: number, quantities: readonly number[]])[] = [
  [50, [3, 12, 12, 12, 20, 24, 24, 24, 24, 24, 25, 25, 25, 36, 36, 48, 48, 48]],
  [100, [2, 6, 8, 10, 12, 12, 12, 12, 12, 12, 20, 24, 24, 24, 24, 48]],
  [200, [1, 3, 6, 8, 10, 10, 12, 12, 12, 12, 12, 12, 12, 16, 20, 24, 24]],
  [300, [1, 2, 4, 6, 6, 6, 6, 6, 8, 10, 10, 12, 12, 12, 12]],
  [500, [1, 2, 3, 4, 4, 4, 4, 4, 4, 6, 6, 6, 8, 12]],
  [1_000, [1, 2, 2, 2, 2, 2, 3, 4, 4, 6]],
  [Infinity, [1, 1, 1, 2, 2, 3, 4]],
];
/** The share of lines that are sold below the list price, by what they would cost at it: large ones are negotiated. */
const REDUCED_SHARES: readonly (readonly [belowMinor: number, share: number])[] = [
  [3_000, 0.02],
  [5_000, 0.08],
  [8_000, 0.35],
  [Infinity, 0.85],
];
const REDUCED_PERCENT = curve(
  '0% 30, 1% 52, 4% 65, 7% 77, 14% 83, 25% 85, 50% 86, 75% 88, 90% 90, 95% 96, 100% 98',
);
/** Lines that are sold above the list price, as it stood before it was lowered. */
const RAISED_SHARE = 0.007;
const RAISED_PERCENT = curve('0% 101, 25% 109, 50% 127, 75% 290, 100% 430');

/** Baskets in which one article stands in two lines; of these lines, the share that is alike in quantity too. */
const REPEATED_SHARE = 0.027;
const REPEATED_ALIKE_SHARE = 0.75;

/** Of the baskets that follow another within the hour: those with the same articles, and with half of them. */
const SAME_SHARE = 0.027;
const HALF_SAME_SHARE = 0.035;

/** Baskets of traders, and those that follow another, are short: of the lower part of the distribution. */
const TRADER_SCALE_MIN = 5;
const SHORT_LINES_SHARE = 0.75;
const TRADER_SCALE_PERCENT = curve('0% 40, 100% 160');

/** Fills baskets. */
export class BasketMaker {
  private readonly articles: Weighted<Product>;
  /** Each article has one reduced price, for large quantities and for clearance. */
  private readonly reducedPrices: ReadonlyMap<Product, number>;

  constructor(
    private readonly draws: Draws,
    products: readonly Product[],
  ) {
    const ranks = draws.shuffled(products);
    this.articles = new Weighted(ranks, (_, rank) => valueAt(POPULARITY, rank / ranks.length));
    this.reducedPrices = new Map(
      products.map((product) => [product, percentOf(product.unitPriceMinor, draws.value(REDUCED_PERCENT))]),
    );
  }

  /** Fills the basket of one visit. `followed` is the basket of the visit that this one follows. */
  make(visit: Visit, followed: readonly MadeLine[] = []): MadeLine[] {
    const { draws } = this;
    const isTrader = visit.scale >= TRADER_SCALE_MIN;
    const scale = isTrader ? percentOf(visit.scale, draws.value(TRADER_SCALE_PERCENT)) : visit.scale;
    const isShort = isTrader || followed.length > 0;
    const count = Math.floor(draws.value(LINES, 0, isShort ? SHORT_LINES_SHARE : 1));
    const kind = draws.share();
    if (followed.length > 0 && kind < SAME_SHARE) return [...followed];
    const isHalfSame = followed.length > 0 && kind < SAME_SHARE + HALF_SAME_SHARE;
    const lines = isHalfSame ? followed.slice(0, Math.ceil(followed.length / 2)) : [];
    const length = isHalfSame ? Math.min(count, 2 * lines.length) : count;
    const chosen = new Set(lines.map(({ product }) => product));
    while (chosen.size < length) {
      const product = this.articles.draw(draws);
      if (chosen.has(product)) continue;
      chosen.add(product);
      lines.push(this.makeLine(product, scale));
    }
    if (draws.chance(REPEATED_SHARE)) lines.push(this.repeat(draws.pick(lines), scale));
    return lines;
  }

  private makeLine(product: Product, scale: number): MadeLine {
    const { draws } = this;
    const usual = limitedBy(USUAL_QUANTITIES, product.unitPriceMinor);
    const quantity = scale * draws.pick(usual);
    return { product, quantity, priceMinor: this.price(product, quantity) };
  }

  private price(product: Product, quantity: number): number {
    const { draws } = this;
    if (draws.chance(RAISED_SHARE)) return percentOf(product.unitPriceMinor, draws.value(RAISED_PERCENT));
    if (!draws.chance(limitedBy(REDUCED_SHARES, quantity * product.unitPriceMinor)))
      return product.unitPriceMinor;
    return this.reducedPrices.get(product) ?? product.unitPriceMinor;
  }

  private repeat(line: MadeLine, scale: number): MadeLine {
    return this.draws.chance(REPEATED_ALIKE_SHARE) ? line : this.makeLine(line.product, scale);
  }
}

function percentOf(value: number, percent: number): number {
  return Math.max(1, Math.round((value * percent) / 100));
}

/** What the first row says whose limit is above the value; the last row has none. */
function limitedBy<Item>(rows: readonly (readonly [below: number, item: Item])[], value: number): Item {
  const row = rows.find(([below]) => value < below);
  if (!row) throw new Error(`no row for ${value}`);
  return row[1];
}
