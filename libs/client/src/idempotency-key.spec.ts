import { expect, test } from '@jest/globals';
import { IdempotencyKey } from '@holdfast/protocol';
import { newIdempotencyKey } from './idempotency-key.js';

test('no two keys are the same, and they stand in the order in which they were made', () => {
  const keys = Array.from({ length: 10_000 }, newIdempotencyKey);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.toSorted()).toEqual(keys);
  expect(IdempotencyKey.safeParse(keys[0]).success).toBe(true);
});
