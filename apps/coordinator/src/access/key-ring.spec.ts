import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { ValidApiKey } from '@holdfast/store';
import { KEYS_MS_MAX, KeyRing } from './key-ring.js';

const SECRET = 'a'.repeat(43);
const text = (id: string) => `hf_${id.padStart(16, '0')}_${SECRET}`;
const key = (id: string): ValidApiKey => ({
  ...{ id: id.padStart(16, '0'), owner: 'shop', role: 'initiator', participant: null },
  secretHash: createHash('sha256').update(SECRET).digest(),
});

/** A ring over keys that a test changes, a clock that it moves, and a count of the reads. */
function ringOver(keys: ValidApiKey[]) {
  const world = { keys, nowMs: 0, reads: 0 };
  const store = {
    valid: async () => {
      world.reads += 1;
      return world.keys;
    },
  };
  return Object.assign(world, { ring: new KeyRing(store, () => world.nowMs) });
}

test('a thousand requests cost one read', async () => {
  const world = ringOver([key('1')]);
  const found = await Promise.all(Array.from({ length: 1_000 }, () => world.ring.find(text('1'), true)));
  expect(found.every((each) => each?.owner === 'shop')).toBe(true);
  expect(world.reads).toBe(1);
});

test('a revocation takes effect within the stated time', async () => {
  const world = ringOver([key('1')]);
  await world.ring.find(text('1'), true);
  world.keys = [];
  world.nowMs = KEYS_MS_MAX - 1;
  expect(await world.ring.find(text('1'), true)).toBeDefined();
  world.nowMs = KEYS_MS_MAX;
  expect(await world.ring.find(text('1'), true)).toBeUndefined();
});

test('a new key is good at once, and unknown ones cost one read a second, or none', async () => {
  const world = ringOver([]);
  await world.ring.find(text('1'), true);
  world.keys = [key('2')];
  world.nowMs = 1_000;
  expect(await world.ring.find(text('2'), false)).toBeUndefined();
  expect(await world.ring.find(text('2'), true)).toBeDefined();
  for (let i = 0; i < 100; i++) await world.ring.find(text(`3${i}`), true);
  expect(world.reads).toBe(2);
});

test('a right id with a wrong secret is refused', async () => {
  const world = ringOver([key('1')]);
  expect(await world.ring.find(text('1').replace(/a$/, 'b'), true)).toBeUndefined();
  expect(await world.ring.find('no key', true)).toBeUndefined();
});

test('while the database is away nobody is let in on a memory that is too old', async () => {
  const world = ringOver([key('1')]);
  await world.ring.find(text('1'), true);
  world.nowMs = KEYS_MS_MAX;
  const away = new KeyRing({ valid: () => Promise.reject(new Error('away')) }, () => 0);
  await expect(away.find(text('1'), true)).rejects.toThrow('away');
});
