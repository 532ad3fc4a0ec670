import { MADE_SEED, makeShop } from './made-shop.js';
import { spread } from './spread.js';
import type { Shop } from './shop.js';

/**
 * So many baskets of the made shop, with what belongs to them. A shop that is made small has hardly a coupon, since
 * one exists only where several customers used it.
 */
export function smallShop(count: number): Shop {
  const whole = makeShop(MADE_SEED);
  const baskets = spread(whole.baskets, count);
  const basketIds = new Set(baskets.map(({ basketId }) => basketId));
  const customerIds = new Set(baskets.map(({ customerId }) => customerId));
  const productIds = new Set(baskets.flatMap(({ lines }) => lines.map(({ productId }) => productId)));
  return {
    ...whole,
    baskets,
    products: whole.products.filter(({ productId }) => productIds.has(productId)),
    customers: whole.customers.filter(({ customerId }) => customerIds.has(customerId)),
    grants: whole.grants.filter(({ customerId }) => customerIds.has(customerId)),
    redemptions: whole.redemptions.filter(({ basketId }) => basketIds.has(basketId)),
    cancellations: whole.cancellations.filter(({ basketId }) => basketIds.has(basketId)),
  };
}
