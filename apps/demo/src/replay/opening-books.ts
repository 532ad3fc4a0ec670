import type { CouponPage, CustomerPage, GrantPage, StockPage, WalletPage } from '@holdfast/shop';
import { groupBy } from '../shop/grouping.js';
import type { ReplayPlan } from '../shop/replay-plan.js';
import { SHOP_CURRENCY, type Shop } from '../shop/shop.js';

/** What stands in the services before the first order, in the shapes in which they take it. */
export interface OpeningBooks {
  readonly customers: CustomerPage['items'];
  readonly stock: StockPage['items'];
  readonly coupons: CouponPage['items'];
  /** Who may use a coupon of a campaign may use each of its coupons, once. */
  readonly grants: GrantPage['items'];
  readonly wallets: WalletPage['items'];
}

export function openingBooks(shop: Shop, plan: ReplayPlan): OpeningBooks {
  const couponsOf = groupBy(shop.coupons, ({ campaignId }) => campaignId);
  return {
    customers: shop.customers.map(({ customerId, country }) => ({ customerId, country })),
    stock: plan.stock.map(({ sku, available }) => ({ sku, available })),
    coupons: shop.coupons.map(({ couponId, validFrom, validTo, minimumMinor }) => ({
      couponCode: couponId,
      validFrom,
      validTo,
      minimumMinor,
    })),
    grants: shop.grants.flatMap(({ campaignId, customerId }) =>
      (couponsOf.get(campaignId) ?? []).map(({ couponId }) => ({ couponCode: couponId, customerId })),
    ),
    wallets: plan.wallets.map(({ customerId, availableMinor }) => ({
      customerId,
      currency: SHOP_CURRENCY,
      availableMinor,
    })),
  };
}
