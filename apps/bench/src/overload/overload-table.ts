import { aligned } from '../report/aligned.js';
import { ms } from '../report/table.js';
import type { Overload, OverloadStep } from './overload.js';

const SHOWN = ['driver', 'coordinator', 'postgres'];
const HEADER = ['load', 'begun/s', 'ended/s', 'of ceiling', 'refused/s', 'p50', 'p99', 'max', 'errors'];

/** What came of more than can be done, for people. */
export function overloadTable(overload: Overload): string {
  const { ceilingPerSecond, ceilingCores, steps, normalAfterMs, normalMs, balanced } = overload;
  const rows = steps.map((step) => row(step, ceilingPerSecond));
  const cores = [
    ['busy processors', ...SHOWN, 'others', 'coordinator MiB'],
    ['ceiling', ...coresOf(ceilingCores), '-'],
    ...steps.map((step) => [
      percent(step.ofCeiling),
      ...coresOf(step.cores),
      (step.residentMiB['coordinator'] ?? 0).toFixed(0),
    ]),
  ];
  return [
    `Ceiling (closed loop, 1,024 in flight): ${ceilingPerSecond.toFixed(0)} ended a second`,
    '',
    aligned([HEADER, ...rows]),
    '',
    aligned(cores),
    '',
    `A refusal costs the coordinator ${refusalCost(overload)} ms of CPU, beside what the ended ones cost at the ceiling.`,
    normalAfterMs === null
      ? 'Not back to normal within 10 s.'
      : `Back to normal (nothing refused, all ended within ${ms(normalMs)}) after ${(normalAfterMs / 1000).toFixed(2)} s.`,
    balanced
      ? 'Everything that was accepted has ended, and the books balance.'
      : 'The books DO NOT balance, or something has not ended.',
  ].join('\n');
}

function row(
  { ofCeiling, perSecond, endedPerSecond, refusedPerSecond, seen }: OverloadStep,
  ceiling: number,
) {
  return [
    percent(ofCeiling),
    perSecond.toFixed(0),
    endedPerSecond.toFixed(0),
    percent(endedPerSecond / ceiling),
    refusedPerSecond.toFixed(0),
    ...(['p50Ms', 'p99Ms', 'maxMs'] as const).map((name) => (seen.ended ? ms(seen.ended[name]) : '-')),
    String(seen.errors + seen.cancelled),
  ];
}

function coresOf(cores: Readonly<Record<string, number>>): string[] {
  const others = Object.entries(cores).reduce(
    (sum, [name, used]) => (SHOWN.includes(name) ? sum : sum + used),
    0,
  );
  return [...SHOWN.map((name) => cores[name] ?? 0), others].map((used) => used.toFixed(2));
}

function refusalCost({ ceilingPerSecond, ceilingCores, steps }: Overload): string {
  const heaviest = steps.at(-1);
  if (!heaviest || heaviest.refusedPerSecond === 0) return '-';
  const forEnded = ((ceilingCores['coordinator'] ?? 0) / ceilingPerSecond) * heaviest.endedPerSecond;
  const forRefused = (heaviest.cores['coordinator'] ?? 0) - forEnded;
  return ((Math.max(0, forRefused) / heaviest.refusedPerSecond) * 1000).toFixed(3);
}

const percent = (share: number) => `${(share * 100).toFixed(0)}%`;
