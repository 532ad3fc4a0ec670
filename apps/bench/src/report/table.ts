import type { Percentiles } from '../load/latencies.js';
import type { Measured } from '../measure.js';
import { describeLoad } from '../point.js';
import { wasQuiet } from '../usage/machine-usage.js';
import { aligned } from './aligned.js';

const HEADER = [
  'system',
  'participants',
  'way',
  'branches',
  'load',
  'rows',
  'ended/s',
  'decided p50',
  'p99',
  'ended p50',
  'p99',
  'max',
  'CPU s/1,000',
  'statements',
  'commits',
  'WAL KiB',
  'records',
  'refused',
  'errors',
];

const sum = (record: Readonly<Record<string, number>>) => Object.values(record).reduce((a, b) => a + b, 0);

/** The points as a table for people; under it where CPU and memory went, and which of them were disturbed. */
export function benchTable(points: readonly Measured[]): string {
  return [
    aligned([HEADER, ...points.map(row)]),
    'Statements, commits, WAL and Kafka records are for each transaction.',
    '',
    'CPU seconds a thousand transactions:',
    byProcess(points, ({ cost }) => cost.cpuSecondsPerThousand, 2),
    '',
    'Resident memory at the end, MiB:',
    byProcess(points, ({ cost }) => cost.residentMiB, 0),
    ...disturbances(points),
  ].join('\n');
}

function row({ system, point, endedPerSecond, seen, cost }: Measured): string[] {
  return [
    system,
    point.participants,
    point.way,
    String(point.branches),
    describeLoad(point.load, point.coordinators),
    point.participants === 'nothing' ? '-' : point.hot ? 'one hot' : 'by chance',
    endedPerSecond.toFixed(0),
    ...latencies(seen.decided, ['p50Ms', 'p99Ms']),
    ...latencies(seen.ended, ['p50Ms', 'p99Ms', 'maxMs']),
    sum(cost.cpuSecondsPerThousand).toFixed(2),
    sum(cost.statementsPerTransaction).toFixed(2),
    sum(cost.commitsPerTransaction).toFixed(2),
    (cost.walBytesPerTransaction / 1024).toFixed(1),
    cost.recordsPerTransaction?.toFixed(2) ?? '-',
    String(seen.refused + seen.unsent),
    String(seen.errors),
  ];
}

function latencies(
  percentiles: Percentiles | null,
  picked: readonly Exclude<keyof Percentiles, 'count'>[],
): string[] {
  return picked.map((name) => (percentiles === null ? '-' : ms(percentiles[name])));
}

export function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function byProcess(
  points: readonly Measured[],
  pick: (point: Measured) => Readonly<Record<string, number>>,
  digits: number,
): string {
  const names = [...new Set(points.flatMap((point) => Object.keys(pick(point))))];
  const rows = points.map((measured) => [
    label(measured),
    ...names.map((name) => pick(measured)[name]?.toFixed(digits) ?? '-'),
  ]);
  return aligned([['', ...names], ...rows]);
}

function label({ system, point }: Measured): string {
  const { participants, way, branches, load, hot, coordinators } = point;
  return `${system} ${participants} ${way} ${branches} x ${describeLoad(load, coordinators)}${hot ? ' hot' : ''}`;
}

/** A point that something else disturbed is said, not left out. */
function disturbances(points: readonly Measured[]): string[] {
  const lines = points
    .filter(({ cost }) => !wasQuiet(cost.quietness))
    .map((measured) => {
      const { foreignShare, stolenShare, loadAverage } = measured.cost.quietness;
      const percent = (share: number) => `${(share * 100).toFixed(0)}%`;
      return `  ${label(measured)}: other processes ${percent(foreignShare)}, stolen ${percent(stolenShare)}, load average ${loadAverage.toFixed(1)}`;
    });
  return lines.length === 0 ? [] : ['', 'The machine was not quiet:', ...lines];
}
