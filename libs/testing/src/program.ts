import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { logTail } from './log-tail.js';
import { guardProgram } from './reaper.js';
import { until } from './until.js';

const GROUP_END_TIMEOUT_MS = 5_000;

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** The user to run as, where this process is root. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Takes what the program prints, after what is there already. */
  readonly logFile: string;
  /** Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** How long `stop` waits before it kills. Default 10,000. */
  readonly graceMs?: number;
}

export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that runs until it is stopped or dies. It never outlives this process, however this process ends. */
export interface Program {
  readonly pid: number;
  /** The last lines that it printed; empty when there are none. */
  readonly lastWords: () => Promise<string>;
  /** Resolves when the program and everything that it started is gone. */
  readonly exited: Promise<ProgramExit>;
  /** Asks it to stop, kills it when its grace is over, and resolves when it is gone. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a program in a session of its own: a Ctrl-C in the terminal reaches only whoever started it, who then stops
 * its programs in the right order. Rejects if there is no such command.
 */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { command, args, env, user, logFile, stopSignal = 'SIGTERM', graceMs = 10_000 } = options;
  await mkdir(dirname(logFile), { recursive: true });
  const log = await open(logFile, 'a');
  const { size: logStart } = await log.stat();
  const child = spawn(command, [...args], {
    ...user,
    env: env ?? process.env,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  const exit = new Promise<ProgramExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  try {
    await once(child, 'spawn');
  } finally {
    await log.close();
  }
  const pid = child.pid as number;
  const release = guardProgram({ pid, stopSignal, graceMs });
  const exited = exit.then(async (ended) => {
    await endGroup(pid);
    release();
    return ended;
  });
  const stop = async (): Promise<void> => {
    child.kill(stopSignal);
    const grace = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await exited;
    clearTimeout(grace);
  };
  const lastWords = () => logTail(logFile, logStart);
  return { pid, lastWords, exited, stop };
}

export interface ReadinessOptions {
  /** Names the program in errors. */
  readonly name: string;
  /** Rejects, or resolves with false, while the program is not ready. */
  readonly isReady: () => Promise<boolean>;
  readonly timeoutMs: number;
  /** Gives up when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks until `isReady` resolves with true. Rejects with the program's last words if it exits before that, the time is
 * over or the signal says so; it is stopped then.
 */
export async function whenReady(program: Program, options: ReadinessOptions): Promise<void> {
  const { name, isReady, timeoutMs, signal } = options;
  let exit: ProgramExit | undefined;
  void program.exited.then((ended) => {
    exit = ended;
  });
  const condition = () => exit !== undefined || signal?.aborted || isReady();
  try {
    await until(condition, { what: `${name} to be ready`, timeoutMs, intervalMs: 50 });
    if (exit !== undefined) throw new Error(`${name} ended while starting (${exitText(exit)})`);
    signal?.throwIfAborted();
  } catch (error) {
    await program.stop();
    if (signal?.aborted) throw error;
    throw new Error(`${(error as Error).message}\n${await program.lastWords()}`, { cause: error });
  }
}

/** `exit code 1`, `SIGKILL`. */
export function exitText({ code, signal }: ProgramExit): string {
  return signal ?? `exit code ${code}`;
}

/** A killed leader leaves its children behind (PostgreSQL its backends), which hold memory and ports for a while. */
async function endGroup(leaderPid: number): Promise<void> {
  const endsAt = performance.now() + GROUP_END_TIMEOUT_MS;
  try {
    while (performance.now() < endsAt) {
      process.kill(-leaderPid, 'SIGKILL');
      await delay(10);
    }
  } catch {
    // ESRCH: nobody of the group is left.
  }
}
