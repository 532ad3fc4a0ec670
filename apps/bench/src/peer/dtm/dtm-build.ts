import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Our driver for it, a Go module that names its version. */
const driverFolder = fileURLToPath(new URL('../../../peers/dtm', import.meta.url));
const MODULE = 'github.com/dtm-labs/dtm';

/** What a comparison with DTM runs. */
export interface DtmPrograms {
  readonly server: string;
  /** Participants and initiator; `peers/dtm` has its sources. */
  readonly driver: string;
  /** The SQL files that come with DTM. */
  readonly sqlFolder: string;
  /** Such as `v1.19.0`. */
  readonly version: string;
}

/** Whether a program answers. */
export async function isInstalled(command: string, ...args: string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}

/**
 * Fetches DTM as the Go module that it is and builds it with its own versions of everything. The programs lie in the
 * cache outside of the tree; Go itself knows what is up to date.
 */
export async function buildDtm(): Promise<DtmPrograms> {
  const cache = join(process.env['HOLDFAST_CACHE'] ?? join(homedir(), '.cache', 'holdfast'), 'dtm');
  await mkdir(cache, { recursive: true });
  const go = async (cwd: string, ...args: string[]) => (await run('go', args, { cwd })).stdout.trim();
  await go(driverFolder, 'mod', 'download', MODULE);
  const [folder = '', version = ''] = (
    await go(driverFolder, 'list', '-m', '-f', '{{.Dir}} {{.Version}}', MODULE)
  ).split(' ');
  const programs = { server: join(cache, 'server'), driver: join(cache, 'driver') };
  await go(folder, 'build', '-o', programs.server, '.');
  await go(driverFolder, 'build', '-o', programs.driver, '.');
  return { ...programs, version, sqlFolder: join(folder, 'sqls') };
}
