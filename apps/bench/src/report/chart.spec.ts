import { measured } from '../measured.suite.js';
import { chart } from './chart.js';

test('the chart has a bar for each closed loop in both panels, as high as its figure', () => {
  const svg = chart({
    points: [measured({ inFlight: 1, endedPerSecond: 50 }), measured({ inFlight: 64, endedPerSecond: 100 })],
    duels: [],
  });
  const bars = [
    ...svg.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="[\d.]+" height="([\d.]+)" fill="#2563eb"/g),
  ]
    .map(([, height]) => Number(height))
    .filter((height) => height !== 12); // Of the legend.
  expect(bars).toEqual([85, 170, 170, 170]);
  expect(svg).toContain('1 in flight');
  expect(svg).toContain('64 in flight');
});

test('names can hold what XML reserves', () => {
  const svg = chart({ points: [measured({ system: 'A & B <c>' })], duels: [] });
  expect(svg).toContain('A &amp; B &lt;c>');
});

test('a point that was measured twice has one bar', () => {
  const once = chart({ points: [measured({})], duels: [] });
  expect(chart({ points: [measured({}), measured({})], duels: [] })).toBe(once);
});
