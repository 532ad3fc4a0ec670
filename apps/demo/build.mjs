// Transpiles every package's src into its own dist, in one process and only what is out of date.
// `nest build` does one package a process and cannot flatten `apps/<app>/src` into `apps/<app>/dist`.
// Types are checked by `npm run types`, which writes the declarations into the same folders.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const settings = join(root, '.swcrc');
const isSource = (file) => /\.ts$/.test(file) && !/\.(spec|suite|d)\.ts$/.test(file);

async function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function packageFolders() {
  const groups = await Promise.all(
    ['libs', 'apps'].map(async (group) =>
      (await readdir(join(root, group))).map((name) => join(root, group, name)),
    ),
  );
  return groups.flat();
}

/** The outputs that are missing or older than their source or than the compiler's settings. */
async function staleOutputs(folder, settingsChangedAt) {
  const stale = [];
  for (const source of (await filesUnder(join(folder, 'src'))).filter(isSource)) {
    const output = outputOf(folder, source);
    const builtAt = existsSync(output) ? (await stat(output)).mtimeMs : 0;
    const changedAt = Math.max((await stat(source)).mtimeMs, settingsChangedAt);
    if (builtAt < changedAt) stale.push({ source, output });
  }
  return stale;
}

function outputOf(folder, source) {
  return join(folder, 'dist', relative(join(folder, 'src'), source)).replace(/\.ts$/, '.js');
}

/**
 * A file that was renamed must not live on in dist, where an import would still find it. What `tsc` knows of the folder
 * goes with it: it would not write the declarations again when the file comes back, as with another branch.
 */
async function removeOrphans(folder) {
  for (const output of await filesUnder(join(folder, 'dist'))) {
    const match = /^(.*?)(\.js|\.js\.map|\.d\.ts)$/.exec(relative(join(folder, 'dist'), output));
    if (!match || existsSync(join(folder, 'src', `${match[1]}.ts`))) continue;
    await rm(output, { force: true });
    await rm(join(folder, 'dist', '.tsbuildinfo'), { force: true });
  }
}

async function transpile({ source, output }, swc) {
  const { code, map } = await swc.transformFile(source, {
    configFile: settings,
    sourceFileName: relative(dirname(output), source),
  });
  await mkdir(dirname(output), { recursive: true });
  await replaceFile(`${output}.map`, map);
  await replaceFile(output, `${code}//# sourceMappingURL=${output.slice(dirname(output).length + 1)}.map\n`);
}

/** By rename, so that a process that starts meanwhile never reads half a file. */
async function replaceFile(path, text) {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, text);
  await rename(draft, path);
}

/** Builds what is out of date and tells how many files that were. Throws after naming every file that failed. */
export async function build() {
  const settingsChangedAt = (await stat(settings)).mtimeMs;
  const folders = await packageFolders();
  await Promise.all(folders.map(removeOrphans));
  const stale = (await Promise.all(folders.map((folder) => staleOutputs(folder, settingsChangedAt)))).flat();
  if (stale.length === 0) return 0;

  // Loaded late: the native compiler costs more than finding out that there is nothing to do.
  const { default: swc } = await import('@swc/core');
  const results = await Promise.allSettled(stale.map((file) => transpile(file, swc)));
  const failures = results.filter((result) => result.status === 'rejected');
  for (const failure of failures) console.error(failure.reason.message ?? failure.reason);
  if (failures.length > 0) throw new Error(`${failures.length} of ${stale.length} files did not compile`);
  return stale.length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(`Built ${await build()} files`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
