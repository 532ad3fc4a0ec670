import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { describeKafka, until } from '@holdfast/testing';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const demoProgram = join(root, 'apps/demo/dist/main.js');
const cliProgram = join(root, 'apps/cli/dist/main.js');
const DEMO_MS_MAX = 180_000;

interface Finished {
  readonly exitCode: number;
  readonly output: string;
}

let folder: string;
let demo: ChildProcess;
let said: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-hang-'));
  said = '';
});

afterEach(async () => {
  demo.kill('SIGTERM');
  await until(hasExited, { what: 'the demo to stop', timeoutMs: 60_000 });
  await rm(folder, { recursive: true, force: true });
}, 70_000);

const hasExited = () => demo.exitCode !== null || demo.signalCode !== null;

function node(program: string, words: readonly string[], env = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, ...env } };
    execFile(process.execPath, [program, ...words], options, (error, stdout, stderr) =>
      resolve({ exitCode: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}

describeKafka('a hung Confirm, to practise on', () => {
  test(
    'is found, explained and ended by what the demo says to type',
    async () => {
      const env = { ...process.env, TMPDIR: folder };
      demo = spawn(process.execPath, [demoProgram, 'demo', '--hang', 'payment'], { cwd: folder, env });
      for (const stream of [demo.stdout, demo.stderr])
        stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const isHung = () => hasExited() || /^The stack runs/m.test(said);
      await until(isHung, { what: 'the checkout that hangs', timeoutMs: DEMO_MS_MAX });
      const [, HOLDFAST_URL = ''] = /HOLDFAST_URL=(\S+)/.exec(said) ?? [];
      const [, xid = ''] = /^Checkout (\S+): /m.exec(said) ?? [];
      const holdfast = (...words: string[]) => node(cliProgram, words, { HOLDFAST_URL });

      const row = new RegExp(`${xid} +checkout +confirming +.* (NO_REPLY|NO_CONSUMER) +\\S+ +payment `);
      const isFound = async () => row.test((await holdfast('stuck')).output);
      await until(isFound, { what: 'the reason', timeoutMs: 60_000 });
      const { output: explained } = await holdfast('tx', 'explain', xid);
      const [, runbook = ''] = /^runbook +(\S+)$/m.exec(explained) ?? [];
      expect(existsSync(join(root, runbook))).toBe(true);
      expect((await holdfast('frozen')).output).toMatch(/payment +payment\.freeze /);

      expect((await node(demoProgram, ['stack', 'restart', 'payment'])).exitCode).toBe(0);
      const retried = await holdfast('tx', 'retry', xid, '--reason', 'payment is restarted');
      // It may have ended by itself meanwhile.
      expect([0, 5]).toContain(retried.exitCode);
      expect((await holdfast('tx', 'watch', xid)).exitCode).toBe(0);
      expect((await holdfast('tx', 'get', xid)).output).toMatch(/^phase +confirmed$/m);
      expect((await holdfast('stuck')).output.trim()).toBe('Nothing hangs.');
      expect((await holdfast('frozen')).output.trim()).toBe('Nothing is frozen.');
    },
    DEMO_MS_MAX,
  );
});
