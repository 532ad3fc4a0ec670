import { withRate } from './planned.js';
import type { Load, Point } from './point.js';

const rows = { participants: 'rows', way: 'declared', branches: 4, hot: false } as const;
const result = (endedPerSecond: number, load: Load, more: Partial<Point> = {}) => ({
  point: { ...rows, load, ...more },
  endedPerSecond,
});
const closed: Load = { kind: 'closed', inFlight: 8 };

test('a part of the ceiling is one of what closed loops of the same work ended', () => {
  const results = [
    result(900, closed),
    result(1_000, closed),
    result(5_000, closed, { branches: 2 }),
    result(5_000, { kind: 'open', perSecond: 9_000 }),
  ];
  const planned = { ...rows, load: { kind: 'share', ofCeiling: 1.5 } } as const;
  expect(withRate(planned, results)).toEqual({ ...rows, load: { kind: 'open', perSecond: 1_500 } });
  expect(() => withRate({ ...planned, hot: true }, results)).toThrow('closed loops come first');
});

test('what has its load is measured as it is', () => {
  expect(withRate({ ...rows, load: closed }, [])).toEqual({ ...rows, load: closed });
});
