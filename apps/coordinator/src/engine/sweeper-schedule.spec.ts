import { expect, jest, test } from '@jest/globals';
import type { EngineParts } from './engine-parts.js';
import { SweeperSchedule } from './sweeper-schedule.js';

test('each tick sweeps, every second forgets, and every fifth counts what is in flight', async () => {
  const sweep = jest.fn(() => Promise.resolve());
  const forget = jest.fn(() => Promise.resolve());
  const countWork = jest.fn();
  const parts = { sweeper: { tick: sweep }, retention: { tick: forget }, countWork };
  const schedule = new SweeperSchedule(parts as unknown as EngineParts);
  for (let n = 0; n < 20; n++) await schedule.tick();
  const calls = [sweep, forget, countWork].map(({ mock }) => mock.calls.length);
  expect(calls).toEqual([20, 10, 4]);
});
