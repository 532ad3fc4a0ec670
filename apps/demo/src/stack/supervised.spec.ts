import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram, until, whenReady } from '@holdfast/testing';
import { DEATHS_PER_MINUTE_MAX, Supervised, type Part } from './supervised.js';

let folder: string;
let said: string[];
let failure: Error | undefined;
let supervised: Supervised;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-supervised-'));
  said = [];
  failure = undefined;
});

afterEach(async () => {
  await supervised.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Ready once its script has made the file `ready` in its folder. */
const READY = 'require("node:fs").writeFileSync("ready", ""); setInterval(() => 0, 1000);';

function supervise(script: string): Supervised {
  const part: Part = {
    name: 'stub',
    addresses: [{ name: 'stub', url: 'http://127.0.0.1:1' }],
    start: async (signal) => {
      const readyFile = join(folder, 'ready');
      await rm(readyFile, { force: true });
      const program = await startProgram({
        command: process.execPath,
        args: ['-e', `process.chdir(${JSON.stringify(folder)}); ${script}`],
        logFile: join(folder, 'stub.log'),
        graceMs: 200,
      });
      const isReady = async () => existsSync(readyFile);
      await whenReady(program, { name: 'stub', isReady, timeoutMs: 20_000, signal });
      return program;
    },
  };
  supervised = new Supervised(part, {
    say: (line) => said.push(line),
    changed: () => undefined,
    revived: () => undefined,
    failed: (error) => {
      failure = error;
    },
  });
  return supervised;
}

const runsAgain = (restarts: number) =>
  until(() => supervised.restarts === restarts && supervised.state === 'running', {
    what: `restart ${restarts}`,
    timeoutMs: 20_000,
  });

test('one that is killed is started again, said and counted', async () => {
  await supervise(READY).start();
  const firstPid = supervised.pid as number;
  process.kill(firstPid, 'SIGKILL');
  await runsAgain(1);
  expect(supervised.pid).not.toBe(firstPid);
  expect(said).toEqual([
    'stub died (SIGKILL); starting it again',
    `stub runs again (pid ${supervised.pid}, restart 1)`,
  ]);
});

test('one that exits by itself with code 0 is started again too', async () => {
  await supervise(`${READY} process.on("SIGUSR2", () => process.exit(0));`).start();
  process.kill(supervised.pid as number, 'SIGUSR2');
  await runsAgain(1);
  expect(said[0]).toBe('stub died (exit code 0); starting it again');
});

test('one that is told to stop stays stopped, and starts when it is told to, which counts as no restart', async () => {
  await supervise(READY).start();
  await supervised.stop();
  expect(supervised).toMatchObject({ state: 'stopped', pid: null });
  await supervised.start();
  expect(supervised).toMatchObject({ state: 'running', restarts: 0 });
  expect(said).toEqual([]);
});

test('one that ignores the request to stop is killed', async () => {
  await supervise(`process.on("SIGTERM", () => 0); ${READY}`).start();
  await supervised.stop();
  expect(supervised).toMatchObject({ state: 'stopped', pid: null });
});

test('the first start that fails is told with the last words of the process, and not repeated', async () => {
  const started = supervise('console.error("no such table"); process.exit(1);').start();
  await expect(started).rejects.toThrow('stub ended while starting (exit code 1)\nno such table');
  expect(supervised.state).toBe('stopped');
});

test('a start that hangs is given up by a stop', async () => {
  const started = supervise('setInterval(() => 0, 1000)').start();
  const outcome = expect(started).rejects.toThrow('stub is being stopped');
  await supervised.stop();
  await outcome;
  expect(supervised.state).toBe('stopped');
});

test('one that comes back only at the third try is waited for', async () => {
  const script = `
    const fs = require("node:fs");
    if (fs.existsSync("left")) {
      const left = Number(fs.readFileSync("left"));
      fs.writeFileSync("left", String(left - 1));
      if (left > 0) { console.error("tries left: " + left); process.exit(1); }
    }
    ${READY}`;
  await supervise(script).start();
  await writeFile(join(folder, 'left'), '2');
  process.kill(supervised.pid as number, 'SIGKILL');
  await runsAgain(1);
  expect(said[1]).toBe('stub did not start again: stub ended while starting (exit code 1): tries left: 2');
  expect(failure).toBeUndefined();
});

test(`one that dies more than ${DEATHS_PER_MINUTE_MAX} times a minute is given up`, async () => {
  await supervise(READY).start();
  for (let death = 1; death <= DEATHS_PER_MINUTE_MAX; death += 1) {
    process.kill(supervised.pid as number, 'SIGKILL');
    await runsAgain(death);
  }
  process.kill(supervised.pid as number, 'SIGKILL');
  await until(() => failure, { what: 'the end of patience' });
  expect(failure?.message).toBe(`stub died more than ${DEATHS_PER_MINUTE_MAX} times within a minute`);
  expect(supervised).toMatchObject({ state: 'failed', pid: null });
});
