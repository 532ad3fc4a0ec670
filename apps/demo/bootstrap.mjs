// The way from a fresh clone to a running command, with nothing but Node and npm:
//   node apps/demo/bootstrap.mjs demo|start|stack|bench|test [arguments]
// It installs what is missing, builds what is out of date, and then becomes that command.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE_VERSION_MIN = [20, 19];
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const entries = {
  demo: 'apps/demo/dist/main.js',
  start: 'apps/demo/dist/main.js',
  stack: 'apps/demo/dist/main.js',
  bench: 'apps/bench/dist/main.js',
  test: 'node_modules/jest/bin/jest.js',
};
/** Commands that need flags of Node's, and so a process of their own. */
const processes = {
  // All of a benchmark's load comes from this process, most of whose memory lives for the time of a transaction only.
  bench: { flags: ['--max-semi-space-size=64'] },
  // Jest runs ES modules only with the first one, and finds its settings in the folder in which it runs.
  test: { flags: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'], cwd: root },
};

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [majorMin, minorMin] = NODE_VERSION_MIN;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  fail(`Holdfast needs Node ${majorMin}.${minorMin} or later; this is ${process.versions.node}.`);
}

/** Whether npm's own record of what it installed agrees with the lock file. */
function isInstalled() {
  const recordPath = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(recordPath)) return false;
  const { packages: installed } = JSON.parse(readFileSync(recordPath, 'utf8'));
  const { packages: wanted } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      optional || !path.startsWith('node_modules/') || installed[path]?.version === version,
  );
}

function install() {
  console.log('Installing dependencies with npm ci (about a minute, once) ...');
  const flags = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  // npm names its own script when it runs us, which is the surest way to the same npm.
  const npm = process.env.npm_execpath;
  const { status, error } = npm
    ? spawnSync(process.execPath, [npm, ...flags], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', flags, { cwd: root, stdio: 'inherit' });
  if (status !== 0) fail(`npm ci failed${error ? ` (${error.message})` : ''}; see its lines above.`);
}

function runAsProcess({ flags, cwd }, entry, args) {
  const child = spawn(process.execPath, [...flags, entry, ...args], { cwd, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

checkNode();
const [command = '', ...args] = process.argv.slice(2);
if (!Object.hasOwn(entries, command)) {
  fail(`Unknown command "${command}"; known are ${Object.keys(entries).join(', ')}.`);
}
if (!isInstalled()) install();
const { build } = await import('./build.mjs');
await build().catch((error) => fail(`The build failed: ${error.message}.`));

const entry = join(root, entries[command]);
if (processes[command]) {
  runAsProcess(processes[command], entry, args);
} else {
  // In this very process, so that signals and the exit code are the command's own.
  process.argv = [process.execPath, entry, command, ...args];
  await import(pathToFileURL(entry).href);
}
