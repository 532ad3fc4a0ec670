import { cpus, totalmem } from 'node:os';
import type { Measured } from './measure.js';

/** What was measured, on what. */
export interface BenchReport {
  readonly measuredAt: string;
  readonly machine: { readonly cpus: number; readonly model: string; readonly memoryGiB: number };
  readonly node: string;
  readonly bus: 'kafka' | 'memory';
  readonly durability: string;
  readonly command: string;
  readonly points: readonly Measured[];
}

export function benchReport(
  bus: 'kafka' | 'memory',
  points: readonly Measured[],
  durability: string,
): BenchReport {
  return {
    measuredAt: new Date().toISOString(),
    machine: {
      cpus: cpus().length,
      model: cpus()[0]?.model ?? 'unknown',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
    },
    node: process.version,
    bus,
    durability,
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    points,
  };
}

const HEADER = [
  'branches',
  'in flight',
  'SKUs',
  'ended/s',
  'decided p50',
  'p99',
  'ended p50',
  'p99',
  'CPU s/1,000',
  'statements',
  'commits',
];

const sum = (record: Readonly<Record<string, number>>) => Object.values(record).reduce((a, b) => a + b, 0);
const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

/** The points as a table for people, and under it where the CPU went. */
export function benchTable(points: readonly Measured[]): string {
  const rows = points.map((point) => [
    String(point.branches),
    String(point.inFlight),
    point.hot ? 'one hot' : 'by chance',
    point.endedPerSecond.toFixed(0),
    ms(point.decidedP50Ms),
    ms(point.decidedP99Ms),
    ms(point.endedP50Ms),
    ms(point.endedP99Ms),
    sum(point.cpuSecondsPerThousand).toFixed(2),
    sum(point.statementsPerTransaction).toFixed(2),
    sum(point.commitsPerTransaction).toFixed(2),
  ]);
  return [aligned([HEADER, ...rows]), '', 'CPU seconds a thousand transactions:', cpuTable(points)].join(
    '\n',
  );
}

function cpuTable(points: readonly Measured[]): string {
  const names = [...new Set(points.flatMap((point) => Object.keys(point.cpuSecondsPerThousand)))];
  const rows = points.map((point) => [
    `${point.branches} x ${point.inFlight}${point.hot ? ' hot' : ''}`,
    ...names.map((name) => (point.cpuSecondsPerThousand[name] ?? 0).toFixed(2)),
  ]);
  return aligned([['', ...names], ...rows]);
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '))
    .join('\n');
}
