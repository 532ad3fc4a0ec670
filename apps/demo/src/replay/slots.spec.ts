import { expect, test } from '@jest/globals';
import { Slots } from './slots.js';

/** Takes slots, and says so in a list once it has them. */
async function taker(slots: Slots, count: number, name: string, entered: string[]): Promise<void> {
  await slots.take(count);
  entered.push(name);
}

test('nobody enters while there is no room, and whoever asked first enters first', async () => {
  const slots = new Slots(2);
  const entered: string[] = [];
  const all = [
    taker(slots, 1, 'first', entered),
    taker(slots, 2, 'pair', entered),
    // There is room for one, but the pair was here before.
    taker(slots, 1, 'last', entered),
  ];
  await all[0];
  expect(entered).toEqual(['first']);
  slots.give(1);
  await all[1];
  expect(entered).toEqual(['first', 'pair']);
  slots.give(2);
  await all[2];
  expect(entered).toEqual(['first', 'pair', 'last']);
});
