import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest } from './coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
let doomed: ChildProcess | undefined;
beforeAll(() => coordinator.start());
afterAll(async () => {
  doomed?.kill('SIGKILL');
  await coordinator.stop();
});

/** A coordinator in a process of its own, on a bus where nobody else is. Built, as a process runs it. */
const COORDINATOR = `
  import { MemoryBroker, MemoryBus } from '@holdfast/bus';
  import { bootstrap } from './dist/main.js';
  const env = { DATABASE_URL: process.env.DATABASE_URL, PORT: '0', LOG_LEVEL: 'error' };
  await bootstrap(env, new MemoryBus(new MemoryBroker()));`;

const holders = async () =>
  (await coordinator.sql<{ holder: string | null }>('select distinct holder from transactions')).map(
    ({ holder }) => holder,
  );

test('peer defect 30: after kill -9 of a coordinator another one holds its work within 2 s', async () => {
  const instances = async () =>
    (await coordinator.sql<{ instance: string }>('select instance from instances')).map(
      (row) => row.instance,
    );
  const [survivor] = await instances();
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const env = { ...process.env, DATABASE_URL: coordinator.databaseUrl };
  doomed = spawn(process.execPath, ['--input-type=module', '-e', COORDINATOR], { cwd, env });
  await until(async () => (await instances()).length === 2, { what: 'the other one', timeoutMs: 20_000 });
  const dead = (await instances()).find((instance) => instance !== survivor);
  await coordinator.sql(
    `insert into transactions (
       xid, version, holder, format, name, declared, phase, began_at, deadline_at, wake_at, branches, progress
     )
     select overlay(gen_random_uuid()::text placing '7' from 15 for 1)::uuid, 1, $1, 2, 'held', true, 'trying',
       now(), now() + interval '1 h', now() + interval '1 h', '[]', '[]'
     from generate_series(1, 1500)`,
    [dead],
  );
  const exited = new Promise((resolve) => doomed?.once('exit', resolve));
  doomed.kill('SIGKILL');
  await exited;
  const killedAt = performance.now();
  expect(await holders()).toEqual([dead]);
  await until(async () => (await holders()).every((holder) => holder === survivor), {
    what: 'all to be taken over',
  });
  expect(performance.now() - killedAt).toBeLessThan(2_000);
});
