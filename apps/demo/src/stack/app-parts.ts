import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram, whenReady, type Program } from '@holdfast/testing';
import type { GuestApp } from './one-process.js';
import type { ConfiguredApp } from './stack-plan.js';
import type { Part } from './supervised.js';

/**
 * What a busy service makes lives for the few milliseconds of a round: with room for several rounds most of it is
 * garbage before it is looked at. With Node's own 16 MB a coordinator under full load spends a sixth of its time there.
 * One thread looks: helpers would take the cores from the other processes, and spend more than they save
 * (1.40 to 1.47 against 1.54 to 1.61 CPU seconds a thousand transactions on two cores). V8 optimises a function after
 * so much of its bytecode has run; with its own 67,584 a service with some dozens of rounds a second is not done with
 * that for many minutes, and each round costs it a third more until then (docs/decisions/0012). The last two keep V8
 * from making old what is short-lived, and from looking through the whole heap every second (docs/decisions/0013).
 */
const NODE_FLAGS = [
  '--enable-source-maps',
  '--max-semi-space-size=64',
  '--single-threaded-gc',
  '--interrupt-budget=4000',
  '--no-allocation-site-pretenuring',
  '--heap-growing-percent=200',
];

const READY_TIMEOUT_MS = 60_000;
const CHECK_TIMEOUT_MS = 5_000;

/** The name of the process in which all apps run on the memory bus. */
const ONE_PROCESS = 'services';

const oneProcessProgram = fileURLToPath(new URL('../../dist/stack/one-process.js', import.meta.url));

/** Each app as a process of its own. */
export function appParts(apps: readonly ConfiguredApp[], logFolder: string): Part[] {
  return apps.map(({ name, program, url, env }) => ({
    name,
    addresses: [{ name, url }],
    start: (signal) => startNode({ name, args: [program], env, logFolder, urls: [url], signal }),
    isReady: () => answersReady(url),
  }));
}

/** All apps in one process, on a memory bus that they share. */
export function appsInOneProcess(apps: readonly ConfiguredApp[], logFolder: string): Part {
  const guests: GuestApp[] = apps.map(({ program, env }) => ({ program, env }));
  const args = [oneProcessProgram, JSON.stringify(guests)];
  const urls = apps.map(({ url }) => url);
  return {
    name: ONE_PROCESS,
    addresses: apps.map(({ name, url }) => ({ name, url })),
    start: (signal) => startNode({ name: ONE_PROCESS, args, env: {}, logFolder, urls, signal }),
    isReady: () => areReady(urls),
  };
}

interface NodeProgram {
  readonly name: string;
  readonly args: readonly string[];
  /** Over what it inherits. */
  readonly env: NodeJS.ProcessEnv;
  readonly logFolder: string;
  /** Where `/readyz` has to answer 200 before it is ready. */
  readonly urls: readonly string[];
  readonly signal: AbortSignal;
}

async function startNode({ name, args, env, logFolder, urls, signal }: NodeProgram): Promise<Program> {
  const program = await startProgram({
    command: process.execPath,
    args: [...NODE_FLAGS, ...args],
    env: { ...inheritedEnvironment(), ...env },
    logFile: join(logFolder, `${name}.log`),
  });
  await whenReady(program, { name, isReady: () => areReady(urls), timeoutMs: READY_TIMEOUT_MS, signal });
  return program;
}

/** This process's, without what is meant for it: a service refuses HOLDFAST_ variables that it does not know. */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_')));
}

async function areReady(urls: readonly string[]): Promise<boolean> {
  return (await Promise.all(urls.map(answersReady))).every(Boolean);
}

async function answersReady(url: string): Promise<boolean> {
  const { ok } = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) });
  return ok;
}
