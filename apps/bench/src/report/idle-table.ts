import type { Idle } from '../usage/idle.js';
import { EQUAL_PARTICIPANTS } from '../work/equal-branches.js';
import { aligned } from './aligned.js';

/** What idle processes take, as a table for people, and what a coordinator takes with four participants. */
export function idleTable({ seconds, corePercent, residentMiB }: Idle): string {
  const rows = Object.entries(corePercent).map(([name, percent]) => [
    name,
    `${percent.toFixed(2)}%`,
    (residentMiB[name] ?? 0).toFixed(0),
  ]);
  const five = ['coordinator', ...EQUAL_PARTICIPANTS].map((name) => corePercent[name]);
  const sum = five.reduce<number>((total, percent) => total + (percent ?? NaN), 0);
  const together = Number.isNaN(sum)
    ? []
    : [`The coordinator and the four participants of equal work together: ${sum.toFixed(2)}% of a core.`];
  return [
    `Idle, over ${seconds} s after the load:`,
    aligned([['', 'of a core', 'resident MiB'], ...rows]),
    ...together,
  ].join('\n');
}
