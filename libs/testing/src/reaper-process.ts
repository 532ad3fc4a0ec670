// Stands beside a process that starts programs, reads from its pipe what that process leaves behind if it dies, and
// clears that away when the pipe closes. The pipe closes whatever the process dies of.
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A program that leads a process group of its own. */
export interface GuardedProgram {
  readonly pid: number;
  readonly stopSignal: NodeJS.Signals;
  /** How long it may take to stop before its group is killed. */
  readonly graceMs: number;
}

/** What must not outlive the process that is watched. */
export interface Legacy {
  readonly programs: readonly GuardedProgram[];
  /** Files and folders. */
  readonly paths: readonly string[];
}

function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

async function end({ pid, stopSignal, graceMs }: GuardedProgram): Promise<void> {
  signalGroup(pid, stopSignal);
  const killAt = performance.now() + graceMs;
  while (signalGroup(pid, 0) && performance.now() < killAt) await delay(50);
  signalGroup(pid, 'SIGKILL');
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  let legacy: Legacy = { programs: [], paths: [] };
  for await (const line of createInterface({ input: process.stdin })) legacy = JSON.parse(line) as Legacy;
  await Promise.all(legacy.programs.map(end));
  await Promise.all(legacy.paths.map((path) => rm(path, { recursive: true, force: true, maxRetries: 5 })));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
