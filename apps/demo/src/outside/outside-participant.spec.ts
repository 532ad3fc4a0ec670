import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Outcome } from '@holdfast/client';
import { deleteTopics, describeKafka, freePort, testDatabase, until } from '@holdfast/testing';
import pg from 'pg';
import { appParts } from '../stack/app-parts.js';
import { runSetup } from '../stack/infrastructure.js';
import { appProgram } from '../stack/stack-plan.js';
import { OutsideProject } from './outside-project.suite.js';

/** Packing, installing and compiling from nothing, on cores that other tests keep busy. */
const SETUP_TIMEOUT_MS = 240_000;
const TEST_TIMEOUT_MS = 90_000;

/**
 * docs/examples/delivery is what a stranger would write. Here it leaves the repository, installs the packed SDK and
 * takes part in transactions.
 */
describeKafka('a participant from outside the repository', (brokers) => {
  const topicPrefix = `outside-${randomBytes(4).toString('hex')}`;
  /** In the order in which things were made; they go the other way round. */
  const cleanups: (() => Promise<unknown>)[] = [];
  let project: OutsideProject;
  let coordinatorUrl: string;
  let delivery: pg.Pool;

  beforeAll(async () => {
    project = await OutsideProject.create();
    cleanups.push(() => project.remove());
    const coordinatorDatabase = await connect();
    await startCoordinator(coordinatorDatabase.url);

    await project.install();
    // Strictly, and into the declarations of what it installed: the example does not skip them.
    await project.run('npm', ['run', 'build']);

    const own = await connect();
    delivery = own.pool;
    await startParticipant(own.url);
    const announced = async () =>
      (await coordinatorDatabase.pool.query(`select from resources where resource = 'delivery.book-slot'`))
        .rowCount === 1;
    await until(announced, { what: 'the announcement of delivery.book-slot', timeoutMs: 60_000 });
    await delivery.query(
      `insert into slots (name, free) values ('friday', 2), ('saturday', 2), ('sunday', 0)`,
    );
  }, SETUP_TIMEOUT_MS);

  afterAll(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  }, TEST_TIMEOUT_MS);

  /** A database of its own for a service, and a way to look into it. */
  async function connect(): Promise<{ url: string; pool: pg.Pool }> {
    const database = await testDatabase();
    cleanups.push(() => database.drop());
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    cleanups.push(() => pool.end());
    return { url: database.url, pool };
  }

  const environment = (databaseUrl: string) => ({
    DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: brokers,
    TOPIC_PREFIX: topicPrefix,
  });

  async function startCoordinator(databaseUrl: string): Promise<void> {
    const logs = join(project.folder, 'logs');
    const env = environment(databaseUrl);
    await runSetup({ ...env, PARTICIPANTS: 'delivery' }, logs);
    cleanups.push(() => deleteTopics(brokers, topicPrefix));
    const port = await freePort();
    coordinatorUrl = `http://127.0.0.1:${port}`;
    const program = appProgram('coordinator');
    const app = { name: 'coordinator', app: 'coordinator', program, port, url: coordinatorUrl };
    for (const part of appParts([{ ...app, env: { ...env, PORT: String(port) } }], logs)) {
      const program = await part.start(new AbortController().signal);
      cleanups.push(() => program.stop());
    }
  }

  async function startParticipant(databaseUrl: string): Promise<void> {
    const program = await project.start('main', environment(databaseUrl));
    cleanups.push(() => program.stop());
  }

  async function book(...slots: string[]): Promise<Outcome> {
    const words = [project.program('book'), ...slots];
    const printed = await project.run(process.execPath, words, { COORDINATOR_URL: coordinatorUrl });
    return JSON.parse(printed) as Outcome;
  }

  async function places(slot: string): Promise<unknown> {
    const { rows } = await delivery.query<object>('select free, held, booked from slots where name = $1', [
      slot,
    ]);
    return rows[0];
  }

  async function fence(xid: string): Promise<unknown> {
    const text = 'select branch_id, state from holdfast_fence where xid = $1 order by branch_id';
    return (await delivery.query<object>(text, [xid])).rows;
  }

  test(
    'books a place, once all is confirmed',
    async () => {
      const outcome = await book('friday');
      expect(outcome).toMatchObject({
        outcome: 'confirmed',
        reason: null,
        endedAt: expect.any(String),
        answers: { 'delivery.book-slot': { slot: 'friday' } },
      });
      expect(await places('friday')).toEqual({ free: 1, held: 0, booked: 1 });
      expect(await fence(outcome.xid)).toEqual([{ branch_id: 'delivery.book-slot', state: 'confirmed' }]);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'gives a place back where another slot is full',
    async () => {
      const outcome = await book('saturday', 'sunday');
      expect(outcome).toMatchObject({
        outcome: 'cancelled',
        reason: {
          code: 'SLOT_FULL',
          message: 'No place is left in sunday',
          branchId: 'delivery.book-slot-2',
        },
        endedAt: expect.any(String),
      });
      expect(await places('saturday')).toEqual({ free: 2, held: 0, booked: 0 });
      expect(await places('sunday')).toEqual({ free: 0, held: 0, booked: 0 });
      expect(await fence(outcome.xid)).toEqual([
        { branch_id: 'delivery.book-slot', state: 'cancelled' },
        { branch_id: 'delivery.book-slot-2', state: 'refused' },
      ]);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'does not start without its topic, and says so',
    async () => {
      const { url } = await connect();
      const env = { ...environment(url), TOPIC_PREFIX: 'nowhere' };
      const started = project.run(process.execPath, [project.program('main')], env);
      await expect(started).rejects.toThrow('There is no topic nowhere.cmd.delivery');
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'puts its handler through the test kit',
    async () => {
      const printed = await project.run('npm', ['test']);
      expect(printed).toMatch(/^# pass [1-9]/m);
    },
    TEST_TIMEOUT_MS,
  );
});
