import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive, readStackFile, until, type StackFile } from '@holdfast/testing';

// The whole of it as a person runs it, on the memory bus, which needs no Java.
const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const START_TIMEOUT_MS = 120_000;
const NAMES = ['postgres', 'coordinator', 'order', 'inventory', 'coupon', 'payment'];

let folder: string;
let starter: ChildProcess;
let output: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-stack-'));
  output = '';
});

afterEach(async () => {
  if (starter.exitCode === null && starter.signalCode === null) {
    starter.kill('SIGTERM');
    await once(starter, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

function run(...words: string[]): void {
  starter = spawn(process.execPath, [program, ...words], {
    cwd: folder,
    env: { ...process.env, HOLDFAST_KAFKA: 'off', TMPDIR: folder },
  });
  for (const stream of [starter.stdout, starter.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
}

/** Resolves when all processes run; what the command does with them then may still be under way. */
async function runningStack(...words: string[]): Promise<StackFile> {
  run(...words);
  const running = () => {
    const file = readStackFile(join(folder, '.holdfast'));
    const isUp = file?.processes.length === NAMES.length && file.processes.every(({ pid }) => pid !== null);
    return isUp && file;
  };
  const exited = () => starter.exitCode !== null && 'exited';
  const outcome = await until(() => running() || exited(), {
    what: 'the stack to run',
    timeoutMs: START_TIMEOUT_MS,
  });
  if (outcome === 'exited') throw new Error(`the stack did not start:\n${output}`);
  return outcome;
}

const pidsOf = ({ processes }: StackFile): number[] => processes.flatMap(({ pid }) => pid ?? []);

const temporaryFolders = async () => (await readdir(folder)).filter((name) => name.startsWith('holdfast-'));

test('kill -9 of the supervisor ends every process and removes what was temporary', async () => {
  const file = await runningStack('demo');
  expect(file.processes.map(({ name }) => name)).toEqual(NAMES);
  expect(await temporaryFolders()).toHaveLength(1);
  starter.kill('SIGKILL');
  const isGone = async () => !pidsOf(file).some(isAlive) && (await temporaryFolders()).length === 0;
  await until(isGone, { what: 'everything to be gone', timeoutMs: 30_000 });
  expect(await readdir(join(folder, '.holdfast'))).toEqual(['logs']);
}, 180_000);

test('start runs the stack, SIGINT stops all of it in order, and the data stay', async () => {
  const file = await runningStack('start');
  starter.kill('SIGINT');
  const [exitCode] = (await once(starter, 'exit')) as [number];
  expect(exitCode).toBe(0);
  expect(pidsOf(file).some(isAlive)).toBe(false);
  expect((await readdir(join(folder, '.holdfast'))).toSorted()).toEqual(['data', 'logs']);
  const log = await readFile(join(folder, '.holdfast/logs/postgres.log'), 'utf8');
  expect(log).toContain('database system is shut down');
  expect(existsSync(join(folder, '.holdfast/data/postgres/PG_VERSION'))).toBe(true);
}, 180_000);
