import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Measured } from '../../measure.js';
import type { Point } from '../../point.js';
import { Usage, costBetween, type Reading, type Sources } from '../../usage/usage.js';

const Percentiles = z.object({
  count: z.number(),
  p50Ms: z.number(),
  p90Ms: z.number(),
  p99Ms: z.number(),
  p999Ms: z.number(),
  maxMs: z.number(),
});
/** The last line of the driver. */
const Driven = z.object({
  ended: Percentiles.nullable(),
  errors: z.number(),
  firstError: z.string(),
});

/**
 * Runs the driver once. It says `open` and `shut` when its window opens and shuts, so that all is read there; then what
 * it has seen.
 */
export async function drive(
  command: readonly [string, ...string[]],
  sources: Sources,
  system: string,
  point: Point,
): Promise<Measured> {
  const [program, ...args] = command;
  const env = { ...process.env, LOG_LEVEL: 'error' };
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const driver = { name: 'driver', pid: child.pid ?? 0 };
  const usage = await Usage.open({ ...sources, processes: [driver, ...sources.processes] });
  let before: Reading | undefined;
  let after: Reading | undefined;
  let residentMiB: Record<string, number> = {};
  let driven: z.output<typeof Driven> | undefined;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === 'open') before = await usage.read();
      else if (line === 'shut') {
        after = await usage.read();
        residentMiB = usage.residentMiB();
      } else driven = Driven.parse(JSON.parse(line));
    }
  } finally {
    child.kill();
    await exited;
    await usage.close();
  }
  if (!before || !after || !driven) throw new Error(`${system}: the driver ended early.`);
  const ended = driven.ended?.count ?? 0;
  return {
    system,
    point,
    endedPerSecond: (ended * 1000) / (after.at.getTime() - before.at.getTime()),
    seen: {
      decided: null,
      ended: driven.ended,
      cancelled: 0,
      refused: 0,
      unsent: 0,
      errors: driven.errors,
      errorSamples: driven.firstError === '' ? [] : [driven.firstError],
    },
    cost: costBetween(before, after, ended, residentMiB),
  };
}
