import { readFileSync, readdirSync } from 'node:fs';

/** Linux counts CPU in hundredths of a second, whatever its own tick (proc(5)). */
const TICKS_PER_SECOND = 100;

interface Stat {
  readonly parent: number;
  /** Own CPU, and that of children that have ended. */
  readonly seconds: number;
}

/**
 * CPU seconds that processes have used so far, each with all its descendants (PostgreSQL works in children). Zero where
 * there is no /proc to read it from.
 */
export function cpuSecondsOf(pids: readonly number[]): number[] {
  const stats = readStats();
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of stats) {
    const siblings = children.get(parent);
    if (siblings) siblings.push(pid);
    else children.set(parent, [pid]);
  }
  const total = (pid: number): number => {
    const own = stats.get(pid)?.seconds ?? 0;
    return (children.get(pid) ?? []).reduce((sum, child) => sum + total(child), own);
  };
  return pids.map(total);
}

function readStats(): Map<number, Stat> {
  const stats = new Map<number, Stat>();
  for (const name of listProc()) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? readStat(pid) : undefined;
    if (stat) stats.set(pid, stat);
  }
  return stats;
}

function listProc(): string[] {
  try {
    return readdirSync('/proc');
  } catch {
    return [];
  }
}

function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, which may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [parent, ...ticks] = [fields[1], fields[11], fields[12], fields[13], fields[14]].map(Number);
    return {
      parent: parent as number,
      seconds: ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND,
    };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
