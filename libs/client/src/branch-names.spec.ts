import { BranchNames } from './branch-names.js';

test('branches are named for their resource and counted from the second on', () => {
  const names = new BranchNames();
  const calls = ['stock', 'coupon', 'stock', 'stock', 'coupon'].map((resource) =>
    names.nameFor(resource, undefined),
  );
  expect(calls).toEqual(['stock', 'coupon', 'stock-2', 'stock-3', 'coupon-2']);
});

test('a given name stands as it is, and no other branch gets it by default', () => {
  const names = new BranchNames();
  expect(names.nameFor('coupon', 'stock')).toBe('stock');
  expect(names.nameFor('stock', undefined)).toBe('stock-2');
  // Given twice it is the same branch, as a repeated call would be.
  expect(names.nameFor('coupon', 'stock')).toBe('stock');
});
