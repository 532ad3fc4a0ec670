import { beforeAll, describe, expect, test } from '@jest/globals';
import { Draws } from './draws.js';
import { replayAgainstModel } from './model-services.suite.js';
import { PLANNED_REFUSALS } from './planned-order.js';
import { planReplay } from './replay-plan.js';
import { figuresOf, REAL_SHOP } from './shop-figures.suite.js';
import { readShop } from './shop-folder.js';
import type { Shop } from './shop.js';

const folder = process.env.HOLDFAST_DEMO_DATA ?? '';
const describeWithData = folder ? describe : describe.skip;

describeWithData('the real shop, in the folder that HOLDFAST_DEMO_DATA names', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await readShop(folder);
  });

  test('has the figures against which the made one is held', () => {
    const figures = figuresOf(shop);
    for (const [figure, real] of REAL_SHOP) {
      expect([figure, figures[figure]]).toEqual([figure, expect.any(Number)]);
      expect(Math.abs((figures[figure] ?? NaN) - real)).toBeLessThanOrEqual(0.2 * real);
    }
  });

  test('has a plan in which every order ends as is expected, with 64 in flight', () => {
    const plan = planReplay(shop);
    const outcomes = replayAgainstModel(shop, plan, 64, new Draws(1));
    const wrong = plan.orders.filter(({ orderKey, expected }) => {
      const codes = outcomes.get(orderKey)?.join();
      return expected !== 'OPEN' && codes !== (expected === 'CONFIRMED' ? '' : expected);
    });
    expect(wrong).toEqual([]);
    for (const refusal of PLANNED_REFUSALS)
      expect(plan.orders.filter(({ expected }) => expected === refusal).length).toBeGreaterThanOrEqual(20);
    const confirmed = [...outcomes.values()].filter((refusals) => refusals.length === 0).length;
    expect(confirmed / outcomes.size).toBeGreaterThan(0.8);
    expect(confirmed / outcomes.size).toBeLessThan(0.9);
  });
});
