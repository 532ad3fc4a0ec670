import { measured } from '../measured.suite.js';
import { sharesOfOne } from './shares-of-one.js';

test('what several coordinators give stands beside what one gave before and after, of the same load', () => {
  const one = measured({ endedPerSecond: 900 });
  const again = measured({ endedPerSecond: 1_100 });
  const other = measured({ inFlight: 8, endedPerSecond: 100 });
  const two = { ...one, endedPerSecond: 930, point: { ...one.point, coordinators: 2 } };
  expect(sharesOfOne([one, two, again, other])).toEqual([
    'rows, declared, 4 branches, 2 x 64 in flight: 93% of what one coordinator gives.',
  ]);
  expect(sharesOfOne([one, other])).toEqual([]);
});
