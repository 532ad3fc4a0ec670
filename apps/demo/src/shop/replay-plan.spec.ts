import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { PlaceOrder } from '@holdfast/shop';
import { Draws } from './draws.js';
import { MADE_SEED, makeShop } from './made-shop.js';
import { replayAgainstModel } from './model-services.suite.js';
import { orderAmounts, PLANNED_REFUSALS, type PlannedOrder } from './planned-order.js';
import { planReplay } from './replay-plan.js';
import { basketAmounts } from './shop.js';

const shop = makeShop(MADE_SEED);
const plan = planReplay(shop);
const marked = (mark: PlannedOrder['marks'][number]) =>
  plan.orders.filter(({ marks }) => marks.includes(mark));

test('the same shop gives the same plan', () => {
  // Jest's own comparison takes seconds for a whole plan.
  expect(isDeepStrictEqual(planReplay(makeShop(MADE_SEED)), plan)).toBe(true);
});

test('every basket is ordered as it was, once', () => {
  const own = plan.orders.filter(({ orderKey }) => orderKey.startsWith('basket:'));
  expect(
    own.map(({ basketId, request }) => ({ basketId, ...orderAmounts(request), coupon: request.couponCode })),
  ).toEqual(
    shop.baskets.map((basket) => {
      const { totalMinor, discountMinor } = basketAmounts(basket);
      return {
        basketId: basket.basketId,
        totalMinor,
        payableMinor: totalMinor - discountMinor,
        coupon: basket.couponId,
      };
    }),
  );
});

test('orders are in order of time, have keys of their own, and wait only for earlier ones', () => {
  const times = plan.orders.map(({ request }) => request.orderedAt);
  expect(times).toEqual(times.toSorted());
  const seen = new Set<string>();
  for (const { orderKey, after } of plan.orders) {
    expect(seen.has(orderKey)).toBe(false);
    if (after) expect(seen.has(after)).toBe(true);
    seen.add(orderKey);
  }
});

test('every request is one that the order service takes', () => {
  const requests = plan.orders.map(({ request }) => request);
  expect(isDeepStrictEqual(PlaceOrder.array().parse(requests), requests)).toBe(true);
});

test('stock is planned for every product, and a wallet for every customer but those who have none', () => {
  expect(plan.stock.map(({ sku }) => sku)).toEqual(shop.products.map(({ productId }) => productId));
  const walletless = plan.orders.filter(({ expected }) => expected === 'ACCOUNT_UNKNOWN');
  const without = new Set(walletless.map(({ request }) => request.customerId));
  const customers = shop.customers.map(({ customerId }) => customerId);
  expect(plan.wallets.map(({ customerId }) => customerId)).toEqual(
    customers.filter((id) => !without.has(id)),
  );
});

test('every refusal that can be planned is certain for at least 20 orders', () => {
  for (const refusal of PLANNED_REFUSALS)
    expect(plan.orders.filter(({ expected }) => expected === refusal).length).toBeGreaterThanOrEqual(20);
});

test('some orders are sent twice, some are real double orders, some are extra', () => {
  expect(marked('SECOND_TAP').length).toBeGreaterThanOrEqual(40);
  expect(marked('DOUBLE_ORDER').length).toBeGreaterThanOrEqual(9);
  expect(marked('COUPON_RACE').length).toBeGreaterThanOrEqual(80);
  for (const order of marked('EXTRA_COUPON_USE')) expect(order.expected).toMatch(/^COUPON_/);
  const waiting = plan.orders.filter(({ after }) => after !== undefined);
  expect(waiting).toEqual(plan.orders.filter(({ expected }) => expected === 'COUPON_USED'));
});

describe.each([1, 2, 64, 1_024])('with %d orders in flight, whichever ends first', (inFlightMax) => {
  const outcomes = replayAgainstModel(shop, plan, inFlightMax, new Draws(inFlightMax));
  const codes = [...outcomes.values()].flat();

  test('every order ends as is expected, and for one reason', () => {
    const wrong = plan.orders.filter(({ orderKey, expected }) => {
      const codes = outcomes.get(orderKey)?.join();
      return expected !== 'OPEN' && codes !== (expected === 'CONFIRMED' ? '' : expected);
    });
    expect(wrong).toEqual([]);
  });

  test('80 to 90 of a hundred are confirmed', () => {
    const confirmed = [...outcomes.values()].filter((refusals) => refusals.length === 0).length;
    expect(confirmed / outcomes.size).toBeGreaterThan(0.8);
    expect(confirmed / outcomes.size).toBeLessThan(0.9);
  });

  test('what is scarce refuses some, and is not left over', () => {
    expect(codes.filter((code) => code === 'OUT_OF_STOCK').length).toBeGreaterThan(60);
    expect(codes.filter((code) => code === 'INSUFFICIENT_FUNDS').length).toBeGreaterThan(60);
  });

  test('of each race for a coupon one is confirmed', () => {
    const races = marked('COUPON_RACE').map(({ orderKey }) => outcomes.get(orderKey) ?? []);
    expect(races.filter((refusals) => refusals.length === 0)).toHaveLength(races.length / 2);
    const losers = races.flat();
    expect(losers).toHaveLength(races.length / 2);
    if (inFlightMax > 1)
      expect(losers.filter((code) => code === 'COUPON_LOCKED').length).toBeGreaterThanOrEqual(20);
  });
});

test('a shop of a few baskets has a plan as well', () => {
  for (const baskets of [1, 2, 10]) {
    const small = makeShop(MADE_SEED, baskets);
    const own = planReplay(small).orders.filter(({ marks }) => !marks.includes('EXTRA_COUPON_USE'));
    expect(own.length).toBeGreaterThanOrEqual(baskets);
  }
});
