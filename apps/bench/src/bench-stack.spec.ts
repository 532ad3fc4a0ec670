import { watchedOf } from './bench-stack.js';

test('services that share a process are counted once', () => {
  const processes = [
    { name: 'postgres', pid: 7 },
    { name: 'order', pid: 9 },
    { name: 'payment', pid: 9 },
    { name: 'coupon', pid: null },
  ];
  expect(watchedOf(processes)).toEqual([
    { name: 'postgres', pid: 7 },
    { name: 'order+payment', pid: 9 },
  ]);
});
