import { SLOT_MS, Slots } from './slots.js';

const slots = () => new Slots(1_000);

test('all is normal from the first slice on where nothing is refused or late', () => {
  const quiet = slots();
  quiet.ended(1_000, 100);
  quiet.ended(1_900, 100);
  expect(quiet.normalAfter(100)).toBe(0);
});

test('normal comes after the last slice in which something was refused, or began that ended late', () => {
  const late = slots();
  late.ended(1_000 + SLOT_MS, 101);
  late.refused(1_000 + 2 * SLOT_MS);
  late.ended(1_000 + 2 * SLOT_MS, 10);
  late.ended(1_000 + 3 * SLOT_MS, 100);
  expect(late.normalAfter(100)).toBe(3 * SLOT_MS);
  expect(late.normalAfter(9)).toBeNull();
});

test('what is not normal in the last slice was never normal', () => {
  const bad = slots();
  bad.refused(1_000);
  expect(bad.normalAfter(100)).toBeNull();
});
