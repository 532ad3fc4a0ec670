import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram, whenReady, type Program } from './program.js';
import { until } from './until.js';

let folder: string;
let logFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-program-'));
  logFile = join(folder, 'program.log');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const startScript = (script: string, graceMs?: number): Promise<Program> =>
  startProgram({ command: process.execPath, args: ['-e', script], logFile, ...(graceMs && { graceMs }) });

const notReady = (timeoutMs: number) => ({ name: 'The app', isReady: async () => false, timeoutMs });

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const logged = (text: string) =>
  until(async () => (await readFile(logFile, 'utf8')).includes(text), { what: `"${text}" in the log` });

test('a program writes its log and stops when it is asked to', async () => {
  const program = await startScript('console.log("up"); setInterval(() => 0, 1000)');
  await logged('up');
  await program.stop();
  expect(await program.exited).toEqual({ code: null, signal: 'SIGTERM' });
  expect(isRunning(program.pid)).toBe(false);
});

test('a program that ignores its stop signal is killed when its grace is over', async () => {
  const program = await startScript(
    'process.on("SIGTERM", () => 0); console.log("up"); setInterval(() => 0, 1000)',
    100,
  );
  await logged('up');
  await program.stop();
  expect(await program.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

test('what a killed program started ends with it', async () => {
  const program = await startScript(
    'console.log("child " + require("node:child_process").spawn("sleep", ["600"]).pid); setInterval(() => 0, 1000)',
  );
  await logged('child');
  const childPid = Number(/child (\d+)/.exec(await readFile(logFile, 'utf8'))?.[1]);
  process.kill(program.pid, 'SIGKILL');
  await program.exited;
  expect(isRunning(childPid)).toBe(false);
});

test('a program that ends while starting is told with its last words', async () => {
  const program = await startScript('console.error("no such table"); process.exit(3)');
  const ready = whenReady(program, notReady(10_000));
  await expect(ready).rejects.toThrow('The app ended while starting (exit code 3)\nno such table');
});

test('a program that does not get ready in time is stopped', async () => {
  const program = await startScript('setInterval(() => 0, 1000)');
  await expect(whenReady(program, notReady(50))).rejects.toThrow('50 ms for The app to be ready');
  expect(isRunning(program.pid)).toBe(false);
});

test('a program whose start is given up is stopped at once', async () => {
  const program = await startScript('setInterval(() => 0, 1000)');
  const signal = AbortSignal.abort(new Error('given up'));
  await expect(whenReady(program, { ...notReady(10_000), signal })).rejects.toThrow('given up');
  expect(isRunning(program.pid)).toBe(false);
});

test('a command that does not exist is an error', async () => {
  await expect(startProgram({ command: 'no-such-command', args: [], logFile })).rejects.toThrow('ENOENT');
});

describe('when the process that started programs is killed', () => {
  const dist = fileURLToPath(new URL('../dist/', import.meta.url));
  const starter = (path: string): string => `
    import { startProgram } from '${dist}program.js';
    import { guardPath } from '${dist}reaper.js';
    guardPath('${path}');
    const program = await startProgram({ command: 'sleep', args: ['600'], logFile: '${logFile}' });
    console.log(program.pid);
    setInterval(() => 0, 1000);`;

  const startStarter = async (path: string) => {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', starter(path)]);
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    return { parent, programPid: Number(line.toString()) };
  };

  test('they end, and the files that it guarded are removed', async () => {
    const guarded = join(folder, 'guarded');
    await mkdir(guarded);
    const { parent, programPid } = await startStarter(guarded);
    expect(isRunning(programPid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isRunning(programPid), { what: 'the program to end' });
    await until(() => !existsSync(guarded), { what: 'the folder to be removed' });
  });

  test('they end even where the reaper was killed before', async () => {
    const guarded = join(folder, 'guarded');
    await mkdir(guarded);
    const { parent, programPid } = await startStarter(guarded);
    const firstReaper = await until(() => reaperOf(parent.pid as number), { what: 'a reaper' });
    process.kill(firstReaper, 'SIGKILL');
    await until(async () => ![undefined, firstReaper].includes(await reaperOf(parent.pid as number)), {
      what: 'another reaper',
    });
    parent.kill('SIGKILL');
    await until(() => !isRunning(programPid) && !existsSync(guarded), {
      what: 'program and folder to be gone',
    });
  });
});

async function reaperOf(parentPid: number): Promise<number | undefined> {
  const children = await readFile(`/proc/${parentPid}/task/${parentPid}/children`, 'utf8');
  for (const pid of children.trim().split(' ')) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (commandLine.includes('reaper-process')) return Number(pid);
  }
  return undefined;
}
