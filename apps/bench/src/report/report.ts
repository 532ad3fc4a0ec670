import { cpus, totalmem } from 'node:os';
import { z } from 'zod';
import type { Measured } from '../measure.js';
import type { Duel } from '../peer/duel.js';
import type { Idle } from '../usage/idle.js';

/** What was measured, on what. */
export interface BenchReport {
  readonly measuredAt: string;
  readonly machine: { readonly cpus: number; readonly model: string; readonly memoryGiB: number };
  readonly node: string;
  readonly bus: 'kafka' | 'memory';
  /** Versions and settings of the database server. */
  readonly durability: string;
  readonly command: string;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Null where it was left out. */
  readonly idle: Idle | null;
  readonly points: readonly Measured[];
  /** Turns with another system: each point once of theirs between two of ours. */
  readonly duels: readonly Duel[];
}

type Given = Pick<
  BenchReport,
  'bus' | 'durability' | 'seconds' | 'warmUpSeconds' | 'idle' | 'points' | 'duels'
>;

export function benchReport(given: Given): BenchReport {
  return {
    measuredAt: new Date().toISOString(),
    machine: {
      cpus: cpus().length,
      model: cpus()[0]?.model ?? 'unknown',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
    },
    node: process.version,
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    ...given,
  };
}

/**
 * Reads a report that was written before.
 * @throws SyntaxError or ZodError if it is none.
 */
export function readReport(text: string): BenchReport {
  const json: unknown = JSON.parse(text);
  z.object({ points: z.array(z.object({ system: z.string() })), duels: z.array(z.unknown()) }).parse(json);
  return json as BenchReport;
}
