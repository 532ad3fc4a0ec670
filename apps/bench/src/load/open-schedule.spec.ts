import { OpenSchedule } from './open-schedule.js';

test('an open loop starts evenly, each time once', () => {
  const schedule = new OpenSchedule(200, 1_000);
  expect(schedule.due(999)).toEqual([]);
  expect(schedule.due(1_000)).toEqual([1_000]);
  expect(schedule.due(1_004)).toEqual([]);
  expect(schedule.due(1_011)).toEqual([1_005, 1_010]);
  expect(schedule.due(1_011)).toEqual([]);
});

test('a stall is not hidden: what it held up is due with its intended start', () => {
  const schedule = new OpenSchedule(10, 0);
  schedule.due(0);
  const late = schedule.due(1_000);
  expect(late).toHaveLength(10);
  expect(late[0]).toBe(100);
  expect(late.at(-1)).toBe(1_000);
});
