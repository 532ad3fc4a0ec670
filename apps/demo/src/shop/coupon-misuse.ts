import { orderAmounts, type Mark, type PlannedOrder, type PlannedRefusal } from './planned-order.js';
import { dayOf, toTime, type Coupon, type Shop } from './shop.js';
import { spread } from './spread.js';

/** Of the shop's baskets, the share that is ordered once more for each reason to refuse a coupon, and for races. */
const MISUSE_SHARE = 0.01;
const RACE_SHARE = 0.015;
/** A copy is ordered so long after its basket. */
const COPY_AFTER_MS = 60 * 1000;
/** What the coupon of a copy takes off each line. */
const COPY_DISCOUNT_SHARE = 0.1;
const UNKNOWN_COUPON = 'NO-SUCH-COUPON';

/** What becomes of a coupon that a customer uses at a time. */
type Verdict = 'VALID' | Extract<PlannedRefusal, `COUPON_${string}`>;

const REFUSED = [
  'COUPON_USED',
  'COUPON_UNKNOWN',
  'COUPON_NOT_GRANTED',
  'COUPON_NOT_STARTED',
  'COUPON_EXPIRED',
  'COUPON_MINIMUM_NOT_MET',
] as const satisfies readonly Verdict[];

/**
 * Orders with a coupon that is refused, for each reason, and pairs of orders that race for one coupon. Each is a
 * copy of an order that is certain to be confirmed, so that there is no other reason, and a customer gets one copy
 * or pair at most, so that no copy touches the coupon of another.
 *
 * @param orders the shop's own, in order of time
 */
export function couponMisuses(shop: Shop, orders: readonly PlannedOrder[]): PlannedOrder[] {
  const judge = new CouponJudge(shop, orders);
  const certain = orders.filter(({ expected }) => expected === 'CONFIRMED');
  // The last order of each customer: a second use comes after the first.
  const lastOfCustomer = new Map(certain.map((order) => [order.request.customerId, order]));
  const left = new Map([...lastOfCustomer.values()].map((base) => [base, judge.codesByVerdict(base)]));
  const take = (verdict: Verdict, share: number) => {
    const usable = [...left].flatMap(([base, codes]) => {
      const found = codes.get(verdict);
      return found ? [{ base, codes: found }] : [];
    });
    return spread(usable, Math.ceil(shop.baskets.length * share)).map(({ base, codes }, index) => {
      left.delete(base);
      return { base, couponCode: codes[index % codes.length] ?? UNKNOWN_COUPON };
    });
  };
  const misuses = REFUSED.flatMap((expected) =>
    take(expected, MISUSE_SHARE).map(({ base, couponCode }) => {
      const copy = copyOf(base, couponCode, 'EXTRA_COUPON_USE');
      const after = judge.useOf(couponCode, base)?.orderKey;
      return { ...copy, orderKey: `extra:${base.basketId}`, expected, ...(after && { after }) };
    }),
  );
  const races = take('VALID', RACE_SHARE).flatMap(({ base, couponCode }) =>
    ['first', 'second'].map((which) => {
      const copy = copyOf(base, couponCode, 'COUPON_RACE');
      return { ...copy, orderKey: `race:${base.basketId}:${which}`, expected: 'OPEN' as const };
    }),
  );
  return [...misuses, ...races];
}

/** Says what becomes of coupons if a copy of an order uses them. */
class CouponJudge {
  private readonly uses: ReadonlyMap<string, PlannedOrder>;
  private readonly grants: ReadonlySet<string>;

  constructor(
    private readonly shop: Shop,
    orders: readonly PlannedOrder[],
  ) {
    this.uses = new Map(orders.map((order) => [useKey(order.request.couponCode, order), order]));
    this.grants = new Set(shop.grants.map(({ campaignId, customerId }) => `${campaignId} ${customerId}`));
  }

  /** The shop's own order in which the customer uses this coupon, if there is one. */
  useOf(couponCode: string, order: PlannedOrder): PlannedOrder | undefined {
    return this.uses.get(useKey(couponCode, order));
  }

  /** The coupons of which it is certain that a copy of the order would meet a verdict, and no other. */
  codesByVerdict(base: PlannedOrder): ReadonlyMap<Verdict | undefined, readonly string[]> {
    const day = dayOf(copyTime(base));
    const { totalMinor } = orderAmounts(base.request);
    const codes = new Map<Verdict | undefined, string[]>();
    for (const coupon of this.shop.coupons) {
      const verdict = this.verdictOf(coupon, base, day, totalMinor);
      codes.set(verdict, [...(codes.get(verdict) ?? []), coupon.couponId]);
    }
    const isKnown = this.shop.coupons.some(({ couponId }) => couponId === UNKNOWN_COUPON);
    return isKnown ? codes : codes.set('COUPON_UNKNOWN', [UNKNOWN_COUPON]);
  }

  private verdictOf(
    coupon: Coupon,
    base: PlannedOrder,
    day: string,
    totalMinor: number,
  ): Verdict | undefined {
    const verdicts: Verdict[] = [];
    if (!this.grants.has(`${coupon.campaignId} ${base.request.customerId}`))
      verdicts.push('COUPON_NOT_GRANTED');
    if (day < coupon.validFrom) verdicts.push('COUPON_NOT_STARTED');
    if (day > coupon.validTo) verdicts.push('COUPON_EXPIRED');
    if (totalMinor < coupon.minimumMinor) verdicts.push('COUPON_MINIMUM_NOT_MET');
    const use = this.useOf(coupon.couponId, base);
    if (!use) return verdicts.length > 1 ? undefined : (verdicts[0] ?? 'VALID');
    const isUsed = use.expected === 'CONFIRMED' && use.request.orderedAt <= base.request.orderedAt;
    return isUsed && verdicts.length === 0 ? 'COUPON_USED' : undefined;
  }
}

function useKey(couponCode: string | undefined, { request }: PlannedOrder): string {
  return `${couponCode} ${request.customerId}`;
}

function copyTime({ request }: PlannedOrder): string {
  return toTime(Date.parse(request.orderedAt) + COPY_AFTER_MS);
}

function copyOf(base: PlannedOrder, couponCode: string, mark: Mark) {
  const items = base.request.items.map(({ amountMinor, discountMinor, ...item }) => {
    const listed = amountMinor + discountMinor;
    const discount = Math.floor(listed * COPY_DISCOUNT_SHARE);
    return { ...item, amountMinor: listed - discount, discountMinor: discount };
  });
  const request = { ...base.request, items, couponCode, orderedAt: copyTime(base) };
  return { basketId: base.basketId, request, marks: [mark] };
}
