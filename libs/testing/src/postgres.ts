import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { withClient } from './databases.js';
import { claimPort } from './ports.js';
import { postgresCommand, unprivilegedUser } from './postgres-binaries.js';
import { startProgram, whenReady, type Program } from './program.js';

/** Crash recovery of a large write-ahead log is part of a start. */
const READY_TIMEOUT_MS = 120_000;

export interface PostgresOptions {
  /** Kept between starts; made where there is none. */
  readonly dataDir: string;
  readonly logFile: string;
  /** Default: a free one. */
  readonly port?: number | undefined;
  /** PostgreSQL's own settings, over those of PostgreSQL and of this starter. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Gives the start up when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** A running PostgreSQL that listens on 127.0.0.1 and trusts whoever connects there as `postgres`. */
export interface Postgres extends Program {
  readonly port: number;
  /** The database `postgres`, from which others are created. */
  readonly adminUrl: string;
  readonly databaseUrl: (name: string) => string;
}

/**
 * Starts PostgreSQL on a data folder, also on one whose last server was killed. Every commit is durable unless the
 * settings say otherwise. Resolves when it takes connections.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { logFile, port, settings, signal } = options;
  const dataDir = resolve(options.dataDir);
  const listenPort = await claimPort('PostgreSQL', port);
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await initialise(dataDir, logFile);
  await removeStaleLock(dataDir);
  const all = {
    listen_addresses: '127.0.0.1',
    port: listenPort,
    unix_socket_directories: '',
    max_connections: 200,
    timezone: 'UTC',
    ...settings,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const program = await startProgram({
    ...(await postgresCommand('postgres', dataDir, ['-D', dataDir, ...flags])),
    logFile,
    stopSignal: 'SIGINT', // Its "fast" shutdown; SIGTERM would wait for clients to leave.
    graceMs: 20_000,
  });
  const databaseUrl = (name: string): string => `postgres://postgres@127.0.0.1:${listenPort}/${name}`;
  const isReady = () => answers(databaseUrl('postgres'));
  await whenReady(program, { name: 'PostgreSQL', isReady, timeoutMs: READY_TIMEOUT_MS, signal });
  return { ...program, port: listenPort, adminUrl: databaseUrl('postgres'), databaseUrl };
}

/** Into a draft that is renamed, so that a start that is killed leaves no half of a data folder. */
async function initialise(dataDir: string, logFile: string): Promise<void> {
  const draft = `${dataDir}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(dirname(dataDir), { recursive: true });
  await mkdir(draft, { mode: 0o700 });
  const owner = unprivilegedUser();
  if (owner !== undefined) await chown(draft, owner.uid, owner.gid);
  const flags = ['-D', draft, '-U', 'postgres', '-A', 'trust', '--encoding=UTF8', '--locale=C'];
  const initdb = await startProgram({ ...(await postgresCommand('initdb', draft, flags)), logFile });
  const { code } = await initdb.exited;
  if (code !== 0) throw new Error(`initdb could not make ${dataDir}:\n${await initdb.lastWords()}`);
  await rename(draft, dataDir);
}

/**
 * A server that was killed leaves its lock file, and PostgreSQL gives way to whatever process has that pid by now.
 * Where no process has it, PostgreSQL removes the file itself.
 */
async function removeStaleLock(dataDir: string): Promise<void> {
  const lockFile = join(dataDir, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const pid = Number.parseInt(await readFile(lockFile, 'utf8'), 10);
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (commandLine === undefined) return;
  if (commandLine.includes(dataDir)) {
    throw new Error(`Another PostgreSQL (pid ${pid}) runs on ${dataDir}: stop it first.`);
  }
  await rm(lockFile);
}

async function answers(url: string): Promise<boolean> {
  await withClient(url, (client) => client.query('select'));
  return true;
}
