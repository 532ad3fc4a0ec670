import { measured } from '../measured.suite.js';
import { marksTable } from './marks.js';

const duel = (inFlight: number, ours: number, theirs: number, system = 'DTM v1 on PostgreSQL') => ({
  before: measured({ inFlight, endedPerSecond: ours, p99Ms: 100 }),
  theirs: measured({ system, endedPerSecond: theirs, p99Ms: 400 }),
  after: measured({ inFlight, endedPerSecond: ours, p99Ms: 100 }),
});

test('each system counts at its best', () => {
  const table = marksTable([duel(64, 500, 100), duel(1024, 1_500, 90)]);
  expect(table).toMatch(/times as many on PostgreSQL +>= 20 +15\.00 +no/);
  expect(table).toMatch(/64 in flight: times as many +>= 7 +5\.00 +no/);
  expect(table).toMatch(/64 in flight: p99 to ended, of its +<= 0\.2 +0\.25 +no/);
});

test('what was not measured is not listed, and Redis is no PostgreSQL', () => {
  const table = marksTable([duel(1024, 3_000, 200, 'DTM v1 on Redis, fsync always')]);
  expect(table).toMatch(/Redis that syncs always +>= 10 +15\.00 +yes/);
  expect(table).not.toContain('on PostgreSQL');
  expect(table).not.toContain('two branches');
});
