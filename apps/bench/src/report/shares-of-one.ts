import type { Measured } from '../measure.js';
import { describePoint } from '../point.js';

/** How much of what one coordinator gives several give together, a line for each load that both had. */
export function sharesOfOne(points: readonly Measured[]): string[] {
  return points.flatMap(({ point, endedPerSecond }) => {
    if (point.coordinators === undefined) return [];
    const alone = describePoint({ ...point, coordinators: 1 });
    const ones = points.filter((each) => describePoint(each.point) === alone);
    const one = ones.reduce((sum, each) => sum + each.endedPerSecond, 0) / ones.length;
    const percent = ((100 * endedPerSecond) / one).toFixed(0);
    return [`${describePoint(point)}: ${percent}% of what one coordinator gives.`];
  });
}
