import { readFileSync, readdirSync } from 'node:fs';

/** Linux counts CPU in hundredths of a second, whatever its own tick (proc(5)). */
const TICKS_PER_SECOND = 100;

/** A process to watch. */
export interface Watched {
  readonly name: string;
  readonly pid: number;
}

interface Stat {
  readonly parent: number;
  /** Own CPU, and that of children that have ended. */
  readonly seconds: number;
}

/**
 * CPU seconds of each process with all its descendants (PostgreSQL works in children), by its name. Zeros where there
 * is no /proc to read them from.
 */
export function cpuSecondsOf(processes: readonly Watched[]): Record<string, number> {
  const stats = readStats();
  return ofFamilies(processes, stats, (pid) => stats.get(pid)?.seconds ?? 0);
}

/**
 * The same for resident memory in MiB; what several share is divided among them. The kernel looks at each of their
 * pages, which keeps them and this process waiting for some tenths of a second: nothing may be timed meanwhile.
 */
export function residentMiBOf(processes: readonly Watched[]): Record<string, number> {
  return ofFamilies(processes, readStats(), (pid) => residentBytesOf(pid) / 2 ** 20);
}

function ofFamilies(
  processes: readonly Watched[],
  stats: ReadonlyMap<number, Stat>,
  read: (pid: number) => number,
): Record<string, number> {
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of stats) {
    const siblings = children.get(parent);
    if (siblings) siblings.push(pid);
    else children.set(parent, [pid]);
  }
  const family = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(family)];
  return Object.fromEntries(
    processes.map(({ name, pid }) => {
      // This process starts others, which are watched under their own names.
      const pids = pid === process.pid ? [pid] : family(pid);
      return [name, sum(pids.map(read))];
    }),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function residentBytesOf(pid: number): number {
  const [, kibibytes] = /^Pss:\s+(\d+) kB$/m.exec(readProc(`${pid}/smaps_rollup`)) ?? [];
  return Number(kibibytes ?? 0) * 1024;
}

function readStats(): Map<number, Stat> {
  const stats = new Map<number, Stat>();
  for (const name of listProc()) {
    const pid = Number(name);
    const text = Number.isInteger(pid) ? readProc(`${pid}/stat`) : '';
    if (text !== '') stats.set(pid, statFrom(text));
  }
  return stats;
}

function statFrom(text: string): Stat {
  // The second field is the program's name in brackets, which may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [parent, ...ticks] = [fields[1], fields[11], fields[12], fields[13], fields[14]].map(Number);
  return { parent: parent as number, seconds: sum(ticks) / TICKS_PER_SECOND };
}

function listProc(): string[] {
  try {
    return readdirSync('/proc');
  } catch {
    return [];
  }
}

/** Empty where the process has ended meanwhile, or is none of ours. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
}
