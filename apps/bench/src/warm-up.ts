import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@holdfast/testing';
import type { BenchStack } from './bench-stack.js';
import { loadOnStack } from './load/load-on-stack.js';
import type { MeasureOptions } from './measure.js';
import type { Point } from './point.js';

const IN_FLIGHT = 256;
const STEP_MS = 3_000;
/** It is warm when so many steps in a row were hardly quicker than the best before: compilers go on in the background. */
const CALM_STEPS = 5;
const GAIN_MIN = 1.05;
const STEPS_MAX = 15;
const FIRST_MS_MAX = 60_000;

/** What has to be warmed for it: the code that runs is the same for all its loads. */
export function kindOf({ participants, way, coordinators = 1 }: Point): string {
  return `${participants}, ${way}${coordinators === 1 ? '' : `, ${coordinators} coordinators`}`;
}

/**
 * Loads a stack until it gets no faster, at most for three quarters of a minute. In a process that is new V8 interprets:
 * one transaction at a time never makes it compile, and would be measured as slow as that.
 */
export async function warmUp(
  stack: BenchStack,
  point: Point,
  { warmUpSeconds }: MeasureOptions,
  say: (line: string) => void,
): Promise<void> {
  await firstEnds(stack, point);
  if (warmUpSeconds === 0) return;
  say(`Warming up: ${kindOf(point)} ...`);
  const loud: Point = { ...point, branches: 4, hot: false, load: { kind: 'closed', inFlight: IN_FLIGHT } };
  const load = await loadOnStack(stack, loud, (STEPS_MAX * STEP_MS) / 1_000 + 2);
  load.tally.open();
  const rates = new SteadyRate();
  do {
    const before = load.tally.endedSoFar;
    await delay(STEP_MS);
    rates.add(load.tally.endedSoFar - before);
  } while (!rates.isSteady);
  await load.end();
}

/** Tells when what is counted step by step has stopped growing. */
export class SteadyRate {
  #best = 0;
  #calm = 0;
  #steps = 0;

  add(count: number): void {
    this.#steps += 1;
    this.#calm = count > this.#best * GAIN_MIN ? 0 : this.#calm + 1;
    this.#best = Math.max(this.#best, count);
  }

  get isSteady(): boolean {
    return this.#calm >= CALM_STEPS || this.#steps >= STEPS_MAX;
  }
}

/** Of a stack that has just started, or gone on: what participants announce is heard a little after they are ready. */
export async function firstEnds(stack: BenchStack, point: Point): Promise<void> {
  const one: Point = { ...point, load: { kind: 'closed', inFlight: 1 } };
  const hasEnded = async () => {
    const load = await loadOnStack(stack, one, 2);
    load.tally.open();
    await load.end();
    return load.tally.endedSoFar > 0;
  };
  await until(hasEnded, { what: 'a first transaction to end', timeoutMs: FIRST_MS_MAX });
}
