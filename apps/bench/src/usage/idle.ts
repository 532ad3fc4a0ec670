import { setTimeout as delay } from 'node:timers/promises';
import { cpuSecondsOf, residentMiBOf, type Watched } from './process-usage.js';

/** What was under way is to be over, and timers that it left. */
const CALM_MS = 5_000;

/** What processes take that have nothing to do, after they had much. */
export interface Idle {
  readonly seconds: number;
  /** Percent of one processor, by the name of the process. */
  readonly corePercent: Readonly<Record<string, number>>;
  /** Of each process; what several share is divided among them. */
  readonly residentMiB: Readonly<Record<string, number>>;
}

export async function measureIdle(processes: readonly Watched[], seconds: number): Promise<Idle> {
  await delay(CALM_MS);
  const before = cpuSecondsOf(processes);
  await delay(seconds * 1_000);
  const after = cpuSecondsOf(processes);
  const used = Object.entries(after).map(([name, cpuSeconds]): [string, number] => [
    name,
    ((cpuSeconds - (before[name] ?? 0)) * 100) / seconds,
  ]);
  return {
    seconds,
    corePercent: Object.fromEntries(used),
    residentMiB: residentMiBOf(processes),
  };
}
