import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

const TICKS_PER_SECOND = 100;

/** What all processors of the machine have done so far, in seconds. */
export interface MachineUsage {
  readonly busySeconds: number;
  /** Time in which this machine wanted to work and its host let another one. */
  readonly stolenSeconds: number;
  readonly loadAverage: number;
}

/** Zeros where there is no /proc to read it from. */
export function readMachine(): MachineUsage {
  const [loadAverage = 0] = loadavg();
  try {
    return { ...machineFrom(readFileSync('/proc/stat', 'utf8')), loadAverage };
  } catch {
    return { busySeconds: 0, stolenSeconds: 0, loadAverage };
  }
}

/** @param text `/proc/stat`, whose first line adds all processors up. */
export function machineFrom(text: string): Omit<MachineUsage, 'loadAverage'> {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, stolen = 0] = text
    .slice(0, text.indexOf('\n'))
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) / TICKS_PER_SECOND);
  return { busySeconds: user + nice + system + irq + softIrq, stolenSeconds: stolen };
}

/** How quiet the machine was, as shares of all its processors' time. */
export interface Quietness {
  /** What processes used that were not measured. */
  readonly foreignShare: number;
  readonly stolenShare: number;
  /** Of the last minute, at the end. */
  readonly loadAverage: number;
}

export function quietness(
  before: MachineUsage,
  after: MachineUsage,
  seconds: number,
  measuredCpuSeconds: number,
): Quietness {
  const all = seconds * cpus().length;
  const foreign = after.busySeconds - before.busySeconds - measuredCpuSeconds;
  return {
    foreignShare: Math.max(0, foreign) / all,
    stolenShare: (after.stolenSeconds - before.stolenSeconds) / all,
    loadAverage: after.loadAverage,
  };
}

const FOREIGN_SHARE_MAX = 0.05;
const STOLEN_SHARE_MAX = 0.02;

export function wasQuiet({ foreignShare, stolenShare }: Quietness): boolean {
  return foreignShare <= FOREIGN_SHARE_MAX && stolenShare <= STOLEN_SHARE_MAX;
}
