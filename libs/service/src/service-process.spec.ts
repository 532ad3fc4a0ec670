import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram, until, type Program } from '@holdfast/testing';

// Built, because it runs in a process of its own; `npm test` builds before it starts Jest.
const built = (file: string) => JSON.stringify(new URL(`../dist/${file}`, import.meta.url).href);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-service-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs a program whose `bootstrap` has this body. */
async function run(body: string): Promise<Program> {
  const program = join(folder, 'main.mjs');
  await writeFile(
    program,
    `import { runAsProcess } from ${built('service-process.js')};
     import { StartError } from ${built('start-error.js')};
     const idle = setInterval(() => undefined, 1_000);
     runAsProcess(import.meta.url, async () => { ${body} });`,
  );
  const logFile = join(folder, 'log');
  return startProgram({ command: process.execPath, args: [program], logFile });
}

const log = () => readFile(join(folder, 'log'), 'utf8');
const logged = (text: string) =>
  until(async () => (await log()).includes(text), { what: `"${text}" in the log` });
const service = (close: string) =>
  `return { name: 'thing', url: 'http://127.0.0.1:1', app: null, close: async () => { ${close} } };`;

test('it says where it listens, and SIGTERM closes it before it ends', async () => {
  const program = await run(service(`console.log('closed')`));
  await logged('thing listens on http://127.0.0.1:1');
  await program.stop();
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(await log()).toMatch(/closed\n$/);
});

test('a SIGTERM during the start waits for it and then closes', async () => {
  const program = await run(
    `console.log('starting'); await new Promise((resolve) => process.once('SIGTERM', () => setImmediate(resolve)));
     ${service(`console.log('closed')`)}`,
  );
  await logged('starting');
  await program.stop();
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(await log()).toContain('closed');
});

test('a start that fails for a reason that people can mend is one sentence and exit code 1', async () => {
  const program = await run(`throw new StartError('PORT must be given.');`);
  expect(await program.exited).toEqual({ code: 1, signal: null });
  expect(await log()).toBe('PORT must be given.\n');
});

test('any other failure shows its stack', async () => {
  const program = await run(`throw new TypeError('a bug');`);
  expect(await program.exited).toEqual({ code: 1, signal: null });
  expect(await log()).toMatch(/TypeError: a bug\n {4}at /);
});

test('a close that fails ends with exit code 1', async () => {
  const program = await run(service(`throw new Error('could not close')`));
  await logged('listens');
  await program.stop();
  expect(await program.exited).toEqual({ code: 1, signal: null });
});
