import { execFileSync } from 'node:child_process';
import type { ExecFileSyncOptions } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '@holdfast/testing';

const DOWNLOAD_TIMEOUT_MS = 120_000;
const QUIET: ExecFileSyncOptions = { stdio: ['ignore', 'pipe', 'pipe'], timeout: DOWNLOAD_TIMEOUT_MS };

/**
 * Prometheus' tool for rules: from the PATH, else unpacked from its Debian package into the cache, never installed.
 * @returns its command, or undefined where it can't be had.
 */
export function findPromtool(env: NodeJS.ProcessEnv): string | undefined {
  if (works('promtool')) return 'promtool';
  const folder = join(cacheFolder(env), 'prometheus');
  const promtool = join(folder, 'usr', 'bin', 'promtool');
  if (existsSync(promtool)) return promtool;
  mkdirSync(cacheFolder(env), { recursive: true });
  const draft = mkdtempSync(`${folder}.`);
  try {
    execFileSync('apt-get', ['download', 'prometheus'], { ...QUIET, cwd: draft });
    const [archive] = readdirSync(draft).filter((name) => name.endsWith('.deb'));
    execFileSync('dpkg-deb', ['-x', archive as string, 'unpacked'], { ...QUIET, cwd: draft });
    // Whole or not at all: of two at once the first one counts.
    if (!existsSync(folder)) renameSync(join(draft, 'unpacked'), folder);
    return promtool;
  } catch {
    return undefined;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function works(command: string): boolean {
  try {
    execFileSync(command, ['--version'], QUIET);
    return true;
  } catch {
    return false;
  }
}
