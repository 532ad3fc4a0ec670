import type { RefusalCode } from '@holdfast/shop';
import type { Draws } from './draws.js';
import { orderAmounts, type PlannedOrder, type PlannedRequest } from './planned-order.js';
import type { ReplayPlan } from './replay-plan.js';
import { dayOf, type Shop } from './shop.js';

/**
 * The three services that can refuse an order, in memory and without transactions: what an order holds while it is
 * in flight is missing for others, as in the real ones.
 */
class ModelServices {
  private readonly stock: Map<string, number>;
  private readonly wallets: Map<string, number>;
  private readonly grants: Set<string>;
  private readonly couponStates = new Map<string, 'locked' | 'used'>();

  constructor(
    private readonly shop: Shop,
    plan: ReplayPlan,
  ) {
    this.stock = new Map(plan.stock.map(({ sku, available }) => [sku, available]));
    this.wallets = new Map(
      plan.wallets.map(({ customerId, availableMinor }) => [customerId, availableMinor]),
    );
    this.grants = new Set(shop.grants.map(({ campaignId, customerId }) => `${campaignId} ${customerId}`));
  }

  /** Tries all branches of an order. The second half of its work is what ends it. */
  begin(request: PlannedRequest): { refusals: RefusalCode[]; end: () => void } {
    const tries = [this.freezeStock(request), this.freezeMoney(request), this.lockCoupon(request)];
    const refusals = tries.filter((tried) => typeof tried === 'string');
    const held = tries.filter((tried) => typeof tried === 'object');
    const end = () => held.forEach((branch) => (refusals.length > 0 ? branch.cancel() : branch.confirm()));
    return { refusals, end };
  }

  private freezeStock({ items }: PlannedRequest): RefusalCode | Held {
    const take = (direction: 1 | -1) =>
      items.forEach(({ sku, quantity }) =>
        this.stock.set(sku, (this.stock.get(sku) ?? 0) - direction * quantity),
      );
    take(1);
    if (items.some(({ sku }) => (this.stock.get(sku) ?? 0) < 0)) {
      take(-1);
      return 'OUT_OF_STOCK';
    }
    return { cancel: () => take(-1), confirm: () => undefined };
  }

  private freezeMoney(request: PlannedRequest): RefusalCode | Held {
    const { customerId } = request;
    const { payableMinor } = orderAmounts(request);
    const available = this.wallets.get(customerId);
    if (available === undefined) return 'ACCOUNT_UNKNOWN';
    if (available < payableMinor) return 'INSUFFICIENT_FUNDS';
    this.wallets.set(customerId, available - payableMinor);
    const giveBack = () => this.wallets.set(customerId, (this.wallets.get(customerId) ?? 0) + payableMinor);
    return { cancel: giveBack, confirm: () => undefined };
  }

  private lockCoupon(request: PlannedRequest): RefusalCode | Held | undefined {
    const { couponCode, customerId, orderedAt } = request;
    if (couponCode === undefined) return undefined;
    const coupon = this.shop.coupons.find(({ couponId }) => couponId === couponCode);
    if (!coupon) return 'COUPON_UNKNOWN';
    if (!this.grants.has(`${coupon.campaignId} ${customerId}`)) return 'COUPON_NOT_GRANTED';
    if (dayOf(orderedAt) < coupon.validFrom) return 'COUPON_NOT_STARTED';
    if (dayOf(orderedAt) > coupon.validTo) return 'COUPON_EXPIRED';
    if (orderAmounts(request).totalMinor < coupon.minimumMinor) return 'COUPON_MINIMUM_NOT_MET';
    const held = `${couponCode} ${customerId}`;
    const state = this.couponStates.get(held);
    if (state) return state === 'used' ? 'COUPON_USED' : 'COUPON_LOCKED';
    this.couponStates.set(held, 'locked');
    return {
      cancel: () => this.couponStates.delete(held),
      confirm: () => this.couponStates.set(held, 'used'),
    };
  }
}

interface Held {
  cancel(): void;
  confirm(): void;
}

/**
 * Sends the orders of a plan in their order, so many at once at most; which of those in flight ends next is drawn.
 *
 * @returns for each order, by its key, every code with which it was refused; none where it was confirmed.
 */
export function replayAgainstModel(shop: Shop, plan: ReplayPlan, inFlightMax: number, draws: Draws) {
  const services = new ModelServices(shop, plan);
  const outcomes = new Map<string, readonly RefusalCode[]>();
  const inFlight: { order: PlannedOrder; refusals: RefusalCode[]; end: () => void }[] = [];
  const endOne = () => {
    const [{ order, refusals, end }] = inFlight.splice(draws.int(0, inFlight.length - 1), 1) as [
      (typeof inFlight)[number],
    ];
    end();
    outcomes.set(order.orderKey, refusals);
  };
  for (const order of plan.orders) {
    while (inFlight.length >= inFlightMax || (order.after !== undefined && !outcomes.has(order.after)))
      endOne();
    inFlight.push({ order, ...services.begin(order.request) });
  }
  while (inFlight.length > 0) endOne();
  return outcomes;
}
