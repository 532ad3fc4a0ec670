import type { PlannedPoint, Point } from './point.js';

/** A point that was measured. */
interface Result {
  readonly point: Point;
  readonly endedPerSecond: number;
}

/**
 * A point with its rate, where that was planned as a part of the ceiling: of the most that closed loops of the same
 * transactions ended in a second.
 * @throws if none of them was measured before.
 */
export function withRate(planned: PlannedPoint, results: readonly Result[]): Point {
  const { load, ...rest } = planned;
  if (load.kind !== 'share') return { ...rest, load };
  const ends = results
    .filter(({ point }) => point.load.kind === 'closed' && isSameWork(point, rest))
    .map(({ endedPerSecond }) => endedPerSecond);
  if (ends.length === 0) throw new Error('There is no ceiling to take a part of: closed loops come first.');
  return {
    ...rest,
    load: { kind: 'open', perSecond: Math.max(1, Math.round(Math.max(...ends) * load.ofCeiling)) },
  };
}

function isSameWork(point: Point, { participants, way, branches, hot }: Omit<Point, 'load'>): boolean {
  return (
    point.participants === participants &&
    point.way === way &&
    point.branches === branches &&
    point.hot === hot
  );
}
