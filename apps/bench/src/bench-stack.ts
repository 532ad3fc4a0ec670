import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readStackFile, until } from '@holdfast/testing';
import type { StackFile } from '@holdfast/testing';

/** Downloads of Kafka's jars included. */
const START_MS_MAX = 300_000;

const STACK_FOLDER = '.holdfast';
const demo = fileURLToPath(new URL('../../demo/dist/main.js', import.meta.url));

/** A stack to measure. */
export interface BenchStack {
  readonly file: StackFile;
  /** Addresses by the name of the process. */
  readonly urls: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** The stack that runs in this folder; where none does, one of its own, which is gone afterwards. */
export async function benchStack(say: (line: string) => void): Promise<BenchStack> {
  const running = readStackFile(STACK_FOLDER);
  if (running) {
    say('Measuring the stack that runs here.');
    return described(running, async () => undefined);
  }
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const read = () => readStackFile(join(folder, STACK_FOLDER));
  const child = spawn(process.execPath, [demo, 'start'], {
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
    await until(() => isReady(read()) || child.exitCode !== null, {
      what: 'a stack to measure',
      timeoutMs: START_MS_MAX,
    });
    const file = read();
    if (!file) throw new Error('The stack to measure did not start.');
    return described(file, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function described(file: StackFile, stop: () => Promise<void>): BenchStack {
  return { file, urls: Object.fromEntries(file.processes.map(({ name, url }) => [name, url])), stop };
}

/** The services come last: as long as they are not listed, databases and bus are still on their way. */
function isReady(file: StackFile | undefined): boolean {
  const processes = file?.processes ?? [];
  return (
    processes.some(({ name }) => name === 'coordinator') &&
    processes.every(({ state }) => state === 'running')
  );
}
