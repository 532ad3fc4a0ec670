import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TOPIC_PREFIX_DEFAULT } from '@holdfast/protocol';
import { readStackFile, until } from '@holdfast/testing';
import type { StackFile } from '@holdfast/testing';
import type { Watched } from './usage/process-usage.js';
import type { Sources } from './usage/usage.js';
import { EQUAL_PARTICIPANTS } from './work/equal-branches.js';

/** Downloads of Kafka's jars included. */
const START_MS_MAX = 300_000;

/** As a shell tells it of SIGINT. */
const INTERRUPTED = 130;

const STACK_FOLDER = '.holdfast';
const demo = fileURLToPath(new URL('../../demo/dist/main.js', import.meta.url));
const equalParticipant = fileURLToPath(new URL('../dist/participant/main.js', import.meta.url));

/** A stack to measure. */
export interface BenchStack {
  readonly bus: 'kafka' | 'memory';
  /** Addresses by the name of the process. */
  readonly urls: Readonly<Record<string, string>>;
  readonly sources: Sources;
  stop(): Promise<void>;
}

export interface BenchStackOptions {
  /** How many coordinators have to run; one unless given. */
  readonly coordinators?: number;
  /** Whether the participants of equal work have to run beside the shop's services. */
  readonly equalParticipants: boolean;
  /** Takes a line for the person who watches. */
  readonly say: (line: string) => void;
}

/**
 * Does work on a stack, which is stopped afterwards, or as soon as somebody interrupts: then the process exits with 130,
 * and what the work makes of that is not told. A terminal and npm may both pass the same interruption on.
 */
export async function onBenchStack<T>(
  options: BenchStackOptions,
  work: (stack: BenchStack) => Promise<T>,
): Promise<T> {
  const start = new AbortController();
  const starting = benchStack(options, start.signal);
  const stop = async () => {
    start.abort();
    const stack = await starting.catch(() => undefined);
    await stack?.stop();
  };
  let exit: Promise<never> | undefined;
  const interrupt = () => {
    exit ??= stop().then(() => process.exit(INTERRUPTED));
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    return await work(await starting);
  } catch (error) {
    await exit;
    throw error;
  } finally {
    await stop();
  }
}

/**
 * The stack that runs in this folder; where none does, one of its own, which is gone afterwards.
 * @param signal gives up one that is still starting.
 */
export async function benchStack(options: BenchStackOptions, signal?: AbortSignal): Promise<BenchStack> {
  const running = readStackFile(STACK_FOLDER);
  if (!running) return ownStack(options, signal);
  if (options.equalParticipants && !running.databases[EQUAL_PARTICIPANTS[0]])
    throw new Error(
      'The stack that runs here lacks the participants of equal work: stop it ("npm run stack -- stop"), and a stack of its own is started; or measure the shop, with --participants shop.',
    );
  const { coordinators = 1 } = options;
  if (coordinatorUrls(urlsOf(running)).length < coordinators)
    throw new Error(
      `The stack that runs here has fewer than ${coordinators} coordinators: stop it ("npm run stack -- stop"), and a stack of its own is started.`,
    );
  options.say('Measuring the stack that runs here.');
  return described(running, async () => undefined);
}

/** A stack that is gone once it is stopped. */
export async function ownStack(
  { coordinators = 1, equalParticipants, say }: BenchStackOptions,
  signal?: AbortSignal,
): Promise<BenchStack> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const read = () => readStackFile(join(folder, STACK_FOLDER));
  const further = equalParticipants
    ? EQUAL_PARTICIPANTS.flatMap((name) => ['--participant', `${name}=${equalParticipant}`])
    : [];
  const child = spawn(process.execPath, [demo, 'start', '--coordinators', String(coordinators), ...further], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    say('Starting a stack to measure ...');
    const isOver = () => signal?.aborted === true || child.exitCode !== null;
    await until(() => isReady(read()) || isOver(), { what: 'a stack to measure', timeoutMs: START_MS_MAX });
    const file = read();
    if (!file || isOver()) throw new Error('The stack to measure did not start.');
    return described(file, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function described(file: StackFile, stop: () => Promise<void>): BenchStack {
  const { bus, databases, processes } = file;
  const brokers = processes.find(({ name }) => name === 'kafka')?.url ?? process.env['KAFKA_BROKERS'];
  return {
    bus,
    urls: urlsOf(file),
    sources: {
      processes: [{ name: 'driver', pid: process.pid }, ...watchedOf(processes)],
      databases,
      kafka:
        bus === 'kafka' && brokers !== undefined ? { brokers, topicPrefix: TOPIC_PREFIX_DEFAULT } : undefined,
    },
    stop,
  };
}

function urlsOf({ processes }: StackFile): BenchStack['urls'] {
  return Object.fromEntries(processes.map(({ name, url }) => [name, url]));
}

/** The addresses of the coordinators, in the order of their names. */
export function coordinatorUrls(urls: BenchStack['urls']): string[] {
  const names = Object.keys(urls).filter((name) => /^coordinator(-\d+)?$/.test(name));
  return names.sort().map((name) => urls[name] as string);
}

/** Services that share a process stand under the names of all of them: it can be counted only once. */
export function watchedOf(processes: readonly { name: string; pid: number | null }[]): Watched[] {
  const names = new Map<number, string[]>();
  for (const { name, pid } of processes) if (pid !== null) names.set(pid, [...(names.get(pid) ?? []), name]);
  return [...names].map(([pid, sharing]) => ({ pid, name: sharing.join('+') }));
}

/** The services come last: as long as they are not listed, databases and bus are still on their way. */
function isReady(file: StackFile | undefined): boolean {
  const processes = file?.processes ?? [];
  return (
    processes.some(({ name }) => name === 'coordinator') &&
    processes.every(({ state }) => state === 'running')
  );
}
