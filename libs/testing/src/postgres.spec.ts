import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, databaseExists, dropDatabase, withClient } from './databases.js';
import { freePort, isPortFree } from './ports.js';
import { startPostgres, type Postgres } from './postgres.js';

// One data folder for all: making it takes most of a start.
let folder: string;
let running: Postgres | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-postgres-'));
  await chmod(folder, 0o755);
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(port?: number, settings?: Record<string, string | number>): Promise<Postgres> {
  running = await startPostgres({
    dataDir: join(folder, 'data'),
    logFile: join(folder, 'postgres.log'),
    ...(port && { port }),
    ...(settings && { settings }),
  });
  return running;
}

const setting = (url: string, name: string): Promise<unknown> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ value: string }>('select current_setting($1) as value', [name]);
    return rows[0]?.value;
  });

test('it starts with durable commits and the settings that it is given', async () => {
  const { adminUrl } = await start(undefined, { max_connections: 37, shared_buffers: '64MB' });
  expect(await setting(adminUrl, 'max_connections')).toBe('37');
  expect(await setting(adminUrl, 'shared_buffers')).toBe('64MB');
  expect(await setting(adminUrl, 'fsync')).toBe('on');
  expect(await setting(adminUrl, 'synchronous_commit')).toBe('on');
});

test('what was committed survives kill -9 and a restart on the same port and folder', async () => {
  const { port, pid, databaseUrl, adminUrl, exited } = await start();
  await createDatabase(adminUrl, 'shop');
  const url = databaseUrl('shop');
  await withClient(url, async (client) => {
    await client.query('create table item (id int)');
    await client.query('insert into item values (1), (2)');
  });
  process.kill(pid, 'SIGKILL');
  expect(await exited).toEqual({ code: null, signal: 'SIGKILL' });

  await start(port);
  const count = await withClient(url, async (client) => (await client.query('select from item')).rowCount);
  expect(count).toBe(2);
});

test('a lock file whose pid belongs to another program by now does not stop a start', async () => {
  const { port } = await start();
  await running?.stop();
  await writeFile(join(folder, 'data/postmaster.pid'), `${process.pid}\n${join(folder, 'data')}\n`);
  await start(port);
});

test('a second server on the same folder is refused', async () => {
  const { adminUrl, pid } = await start();
  const second = startPostgres({ dataDir: join(folder, 'data'), logFile: join(folder, 'second.log') });
  await expect(second).rejects.toThrow(`Another PostgreSQL (pid ${pid})`);
  expect(await databaseExists(adminUrl, 'postgres')).toBe(true);
});

test('a port that is taken is named', async () => {
  const server = createServer().listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await expect(start(port)).rejects.toThrow(`Port ${port}, on which PostgreSQL should listen, is taken`);
  expect(running).toBeUndefined();
  server.close();
});

test('stop leaves no process and no port', async () => {
  const { port, stop, exited } = await start();
  await stop();
  expect(await exited).toEqual({ code: 0, signal: null });
  expect(await isPortFree(port)).toBe(true);
  expect(existsSync(join(folder, 'data/postmaster.pid'))).toBe(false);
});

test('a setting that PostgreSQL does not know is told with its own words', async () => {
  await expect(start(undefined, { no_such_setting: 1 })).rejects.toThrow(
    'unrecognized configuration parameter',
  );
});

test('it runs in a folder that only its owner may enter', async () => {
  const secret = join(folder, 'secret');
  await mkdir(secret, { mode: 0o700 });
  running = await startPostgres({ dataDir: join(secret, 'data'), logFile: join(folder, 'postgres.log') });
  expect(await databaseExists(running.adminUrl, 'postgres')).toBe(true);
});

test('a database is created as a copy of another, and dropped under its connections', async () => {
  const { adminUrl, databaseUrl } = await start();
  await createDatabase(adminUrl, 'origin');
  await withClient(databaseUrl('origin'), (client) => client.query('create table item (id int)'));
  await createDatabase(adminUrl, 'copy', 'origin');
  await withClient(databaseUrl('copy'), async (client) => {
    expect((await client.query('select from item')).rowCount).toBe(0);
    await dropDatabase(adminUrl, 'copy');
  });
  expect(await databaseExists(adminUrl, 'copy')).toBe(false);
  expect(await readFile(join(folder, 'postgres.log'), 'utf8')).toContain('ready to accept connections');
});
