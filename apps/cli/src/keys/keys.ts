import { ApiKeyGrant } from '@holdfast/protocol';
import { openDatabase } from '@holdfast/service';
import { ApiKeyStore } from '@holdfast/store';
import { CommandError, EXIT, type ExitCode } from '../exit-code.js';
import { coordinatorDatabase } from '../setup/coordinator-database.js';
import { DatabaseSettings, settingsOf } from '../setup/installation-settings.js';
import type { Terminal } from '../terminal.js';
import { keyTable } from './key-table.js';

export interface CreateKeyOptions {
  readonly owner: string;
  readonly role: string;
  readonly participant: string | undefined;
  /** Milliseconds from now; undefined for a key that ends by revocation only. */
  readonly expiresInMs: number | undefined;
  readonly json: boolean;
}

/** Makes a key and prints it: standard output has the key alone, so that a script can take it. */
export async function createKey(options: CreateKeyOptions, terminal: Terminal): Promise<ExitCode> {
  const { owner, role, participant = null, expiresInMs } = options;
  const expiresAt = expiresInMs === undefined ? null : Date.now() + expiresInMs;
  const grant = ApiKeyGrant.safeParse({ owner, role, participant, expiresAt });
  if (!grant.success) throw new CommandError(grantFaults(grant.error.issues), EXIT.usage);
  const { text, ...key } = await onKeys(terminal, (store) => store.create(grant.data));
  if (options.json) terminal.print(JSON.stringify({ key: text, ...key }, null, 2));
  else {
    terminal.warn(`The key ${key.id} of ${owner} (${role}). It is shown this once, and can't be read again:`);
    terminal.print(text);
  }
  return EXIT.ok;
}

function grantFaults(issues: readonly { path: PropertyKey[]; message: string }[]): string {
  return issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('\n');
}

export async function listKeys({ json }: { json: boolean }, terminal: Terminal): Promise<ExitCode> {
  const keys = await onKeys(terminal, (store) => store.list());
  if (json) terminal.print(JSON.stringify({ items: keys }, null, 2));
  else terminal.print(keys.length > 0 ? keyTable(keys, Date.now()) : 'There are no keys.');
  return EXIT.ok;
}

/** Running coordinators refuse it within seconds. */
export async function revokeKey(
  id: string,
  { json }: { json: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const key = await onKeys(terminal, (store) => store.revoke(id));
  if (key === undefined)
    throw new CommandError(`There is no key ${id}: "holdfast key list" shows all.`, EXIT.notFound);
  terminal.print(json ? JSON.stringify(key, null, 2) : `The key ${id} of ${key.owner} is revoked.`);
  return EXIT.ok;
}

async function onKeys<T>(terminal: Terminal, act: (store: ApiKeyStore) => Promise<T>): Promise<T> {
  const dataSource = await openDatabase(coordinatorDatabase(settingsOf(DatabaseSettings, terminal)));
  try {
    return await act(new ApiKeyStore(dataSource));
  } finally {
    await dataSource.destroy();
  }
}
