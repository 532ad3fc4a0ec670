import { measured } from '../measured.suite.js';
import { duelTable, ratiosOf } from './duel.js';

const duel = {
  before: measured({ endedPerSecond: 900, p99Ms: 60 }),
  theirs: measured({ system: 'theirs', endedPerSecond: 100, p99Ms: 400 }),
  after: measured({ endedPerSecond: 1_100, p99Ms: 100 }),
};

test('ours is the mean of the turns before and after theirs', () => {
  expect(ratiosOf(duel)).toMatchObject({ throughput: 10, p50: 0.2, p99: 0.2, cpu: 1 });
});

test('the table shows both sides of each ratio', () => {
  const [, row = ''] = duelTable([duel]).split('\n');
  expect(row).toMatch(/1000 : 100 +10\.0 /);
  expect(row).toContain('80 ms : 400 ms = 0.20');
});
