import type { Draws } from './draws.js';
import { groupBy } from './grouping.js';
import type { MadeLine } from './made-baskets.js';
import { MADE_FIRST_DAY } from './made-visits.js';
import { basketAmounts, compareText, dayOf, toTime } from './shop.js';
import type { Basket, Coupon, CouponRedemption, Customer, Shop } from './shop.js';

/** A campaign lasts two weeks and has a coupon for some of the categories. */
const CAMPAIGN_MS = 14 * 24 * 60 * 60 * 1000;
/** A line counts as reduced by a coupon if it cost at most this much of its list price. */
const REDUCED_PERCENT_MAX = 85;
const DISCOUNT_MINOR_MAX = 10_000;
/** A coupon exists if at least so many customers used it. */
const USERS_MIN = 3;
const MINIMUM_STEP_MINOR = 500;
/** Of the customers who use nothing of a campaign, so many could. */
const GRANTED_SHARE = 0.25;

/** A basket as it was sold, before it is known which reductions in it were a coupon. */
export interface MadeBasket {
  readonly basketId: string;
  readonly customerId: string;
  readonly orderedAt: string;
  readonly lines: readonly MadeLine[];
}

interface Use {
  readonly couponId: string;
  /** The campaign's number, from 0. */
  readonly campaign: number;
  readonly category: string;
  readonly basket: MadeBasket;
  readonly discountMinor: number;
}

type WithCoupons = Pick<Shop, 'baskets' | 'coupons' | 'grants' | 'redemptions'>;

/**
 * Finds coupons in baskets: in each, the category whose reduced lines save most becomes the basket's coupon, unless
 * the customer has used that one before, and its reduction the coupon's discount.
 *
 * @param baskets in order of time
 */
export function makeCoupons(
  draws: Draws,
  baskets: readonly MadeBasket[],
  customers: readonly Customer[],
): WithCoupons {
  const groups = [...groupBy(findUses(baskets), ({ couponId }) => couponId).values()];
  const used = groups.filter((uses) => uses.length >= USERS_MIN);
  const useOf = new Map(used.flat().map((use) => [use.basket, use]));
  const users = new Set(used.flat().map((use) => grantKey(use.campaign, use.basket.customerId)));
  const campaigns = [...new Set(used.flat().map((use) => use.campaign))].sort((a, b) => a - b);
  return {
    baskets: baskets.map((basket) => toBasket(basket, useOf.get(basket))),
    coupons: used.map(toCoupon).sort((a, b) => compareText(a.couponId, b.couponId)),
    grants: campaigns.flatMap((campaign) =>
      customers
        .filter(({ customerId }) => users.has(grantKey(campaign, customerId)) || draws.chance(GRANTED_SHARE))
        .map(({ customerId }) => ({ campaignId: campaignId(campaign), customerId })),
    ),
    redemptions: baskets.flatMap((basket) => toRedemption(useOf.get(basket))),
  };
}

function findUses(baskets: readonly MadeBasket[]): Use[] {
  const uses = new Map<string, Use>();
  for (const basket of baskets) {
    const campaign = Math.floor((Date.parse(basket.orderedAt) - Date.parse(MADE_FIRST_DAY)) / CAMPAIGN_MS);
    const use = savings(basket)
      .map(([category, discountMinor]) => {
        const couponId = `${campaignId(campaign)}-${category}`;
        return { couponId, campaign, category, basket, discountMinor };
      })
      .find((candidate) => candidate.discountMinor <= DISCOUNT_MINOR_MAX && !uses.has(useKey(candidate)));
    if (use) uses.set(useKey(use), use);
  }
  return [...uses.values()];
}

/** What was saved in each category that has reduced lines, most first. */
function savings({ lines }: MadeBasket): [category: string, savedMinor: number][] {
  const byCategory = groupBy(lines.filter(isReduced), ({ product }) => product.category);
  return [...byCategory]
    .map(([category, reduced]): [string, number] => [
      category,
      reduced.reduce((sum, line) => sum + saved(line), 0),
    ])
    .sort((a, b) => b[1] - a[1] || compareText(a[0], b[0]));
}

function isReduced({ product, priceMinor }: MadeLine): boolean {
  return 100 * priceMinor <= REDUCED_PERCENT_MAX * product.unitPriceMinor;
}

function saved({ product, priceMinor, quantity }: MadeLine): number {
  return quantity * (product.unitPriceMinor - priceMinor);
}

function toBasket({ basketId, customerId, orderedAt, lines }: MadeBasket, use: Use | undefined): Basket {
  const discounted = (line: MadeLine) => line.product.category === use?.category && isReduced(line);
  return {
    basketId,
    customerId,
    orderedAt,
    ...(use && { couponId: use.couponId }),
    lines: lines.map((line, index) => ({
      line: index + 1,
      productId: line.product.productId,
      quantity: line.quantity,
      paidMinor: line.quantity * line.priceMinor,
      discountMinor: discounted(line) ? saved(line) : 0,
    })),
  };
}

function toCoupon(uses: readonly Use[]): Coupon {
  const [{ couponId, campaign, category }] = uses as [Use];
  const totals = uses.map((use) => basketAmounts(toBasket(use.basket, use)).totalMinor);
  return {
    couponId,
    campaignId: campaignId(campaign),
    category,
    minimumMinor: Math.floor(Math.min(...totals) / MINIMUM_STEP_MINOR) * MINIMUM_STEP_MINOR,
    validFrom: dayOf(toTime(campaignStart(campaign))),
    validTo: dayOf(toTime(campaignStart(campaign + 1) - 1_000)),
  };
}

function toRedemption(use: Use | undefined): CouponRedemption[] {
  if (!use) return [];
  const { couponId, discountMinor } = use;
  const { basketId, customerId, orderedAt } = use.basket;
  return [{ couponId, customerId, basketId, redeemedAt: orderedAt, discountMinor }];
}

function campaignStart(campaign: number): number {
  return Date.parse(MADE_FIRST_DAY) + campaign * CAMPAIGN_MS;
}

function campaignId(campaign: number): string {
  return `M${dayOf(toTime(campaignStart(campaign))).replaceAll('-', '')}`;
}

function grantKey(campaign: number, customerId: string): string {
  return `${campaign} ${customerId}`;
}

function useKey({ couponId, basket }: Use): string {
  return `${couponId} ${basket.customerId}`;
}
