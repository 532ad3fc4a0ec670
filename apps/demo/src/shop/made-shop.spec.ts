import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { MADE_BASKETS, MADE_SEED, makeShop } from './made-shop.js';
import { REAL_SHOP, figuresOf } from './shop-figures.suite.js';
import { readShop, writeShop } from './shop-folder.js';

const shop = makeShop(MADE_SEED);

test('a seed makes one shop, another seed another', () => {
  expect(isDeepStrictEqual(makeShop(MADE_SEED), shop)).toBe(true);
  expect(isDeepStrictEqual(makeShop(MADE_SEED + 1), shop)).toBe(false);
});

test.each([MADE_BASKETS, 100, 1])(
  'a made shop of %d baskets passes the checks of a folder',
  async (baskets) => {
    const folder = await mkdtemp(join(tmpdir(), 'made-shop-'));
    const made = makeShop(MADE_SEED, baskets);
    await writeShop(folder, made);
    const read = await readShop(folder).finally(() => rm(folder, { recursive: true }));
    // Jest's own comparison takes seconds for a whole shop.
    expect(isDeepStrictEqual(read, made)).toBe(true);
    expect(read.baskets).toHaveLength(baskets);
  },
);

test('names of articles are unique, and some hold commas and quotes', () => {
  const names = shop.products.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.some((name) => name.includes(','))).toBe(true);
  expect(names.some((name) => name.includes('"'))).toBe(true);
});

describe.each([MADE_SEED, 1])('the shop of seed %d is like the real one in', (seed) => {
  const made = figuresOf(makeShop(seed));
  test.each(REAL_SHOP)('%s: %d, at most %d times as much or as little', (figure, real, factor) => {
    expect(made[figure]).toBeGreaterThanOrEqual(real / factor);
    expect(made[figure]).toBeLessThanOrEqual(real * factor);
  });
});
