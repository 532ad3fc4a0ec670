import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deleteTopics, describeKafka, freePort, testDatabase, type TestDatabase } from '@holdfast/testing';
import pg from 'pg';
import { holdfast } from './command-under-test.suite.js';
import { EXIT } from './exit-code.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const env = () => ({ DATABASE_URL: database.url });

async function sql(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(text);
  await client.end();
}

describe('keys', () => {
  test('a command insists on TLS where it is told to, as the services do', async () => {
    const refused = await holdfast('key list', { env: { ...env(), DATABASE_TLS: 'true' } });
    expect(refused.exitCode).toBe(EXIT.error);
    expect(refused.err).toContain('does not support SSL');
  });

  test('the first key is made without a key: its text is the only line of the answer', async () => {
    const made = await holdfast('key create --owner ada --role admin', { env: env() });
    expect(made.exitCode).toBe(EXIT.ok);
    // Not split at underscores: a secret may hold some, at its beginning too.
    const [, id, secret] = /^hf_([0-9a-f]{16})_([\w-]{43})$/.exec(made.out) as RegExpExecArray;
    const listed = await holdfast('key list', { env: env() });
    expect(listed.out).toMatch(new RegExp(`${id}  ada    admin  -            valid `));
    expect(listed.out).not.toContain(secret);
  });

  test('a revoked key stays in the list; one that is not there is exit code 4', async () => {
    const made = await holdfast('key create --owner shop --role participant --participant payment --json', {
      env: env(),
    });
    const { id, participant } = JSON.parse(made.out);
    expect(participant).toBe('payment');
    const revoked = await holdfast(`key revoke ${id}`, { env: env() });
    expect(revoked).toMatchObject({ exitCode: EXIT.ok, out: `The key ${id} of shop is revoked.` });
    const { items } = JSON.parse((await holdfast('key list --json', { env: env() })).out);
    expect(items).toContainEqual(expect.objectContaining({ id, revokedAt: expect.any(Number) }));
    expect(await holdfast('key revoke 0000000000000000', { env: env() })).toMatchObject({
      exitCode: EXIT.notFound,
      err: expect.stringContaining('There is no key 0000000000000000'),
    });
  });

  test.each([
    ['key create --owner ada', "required option '--role <role>'"],
    ['key create --owner ada --role king', 'Allowed choices are initiator, participant'],
    ['key create --owner ada --role participant', '--participant: is given with the role participant'],
    ['key create --owner ada --role admin --expires soon', 'not a duration'],
    ['key', 'key [options] [command]'],
    ['nonsense', "unknown command 'nonsense'"],
  ])('%s is a mistake of usage', async (words, said) => {
    const { exitCode, err } = await holdfast(words, { env: env() });
    expect(err).toContain(said);
    expect(exitCode).toBe(EXIT.usage);
  });

  test('a configuration that is missing or wrong is a mistake of usage, and no value is shown', async () => {
    expect(await holdfast('key list')).toMatchObject({
      exitCode: EXIT.usage,
      err: 'The configuration of holdfast does not do: DATABASE_URL must be given.',
    });
    const { exitCode, err } = await holdfast('setup', { env: { DATABASE_URL: 'mysql://me:secret@x/y' } });
    expect(exitCode).toBe(EXIT.usage);
    expect(err).not.toContain('secret');
  });

  test('a database that is away is exit code 1', async () => {
    const url = `postgres://me:secret@127.0.0.1:${await freePort()}/none`;
    const { exitCode, err } = await holdfast('key list', { env: { DATABASE_URL: url } });
    expect(exitCode).toBe(EXIT.error);
    expect(err).toMatch(/^The database of coordinator can't be reached: .*ECONNREFUSED/);
  });
});

test('help is no mistake', async () => {
  const { exitCode, out } = await holdfast('--help');
  expect(exitCode).toBe(EXIT.ok);
  expect(out).toContain('Exit codes: 0 ok, 1 error, 2 usage, 3 partly, 4 not found, 5 conflict.');
});

describe('doctor without Kafka', () => {
  test('says what it did not look at, and what is wrong with the database', async () => {
    const own = await testDatabase();
    const asked = await holdfast('doctor', { env: { DATABASE_URL: own.url } });
    expect(asked.exitCode).toBe(EXIT.error);
    expect(asked.out).toMatch(/^FAULT +schema: The database is older than this version .*"holdfast setup"/m);
    expect(asked.out).toMatch(/^WARNING +kafka: Kafka was not looked at/m);
    expect((await holdfast('setup', { env: { DATABASE_URL: own.url } })).exitCode).toBe(EXIT.ok);
    const after = await holdfast('doctor', { env: { DATABASE_URL: own.url } });
    expect(after.out).toMatch(/^OK +schema/m);
    expect(after.exitCode).toBe(EXIT.partly);
    await own.drop();
  });

  test('a database that is away is a finding', async () => {
    const url = `postgres://me@127.0.0.1:${await freePort()}/none`;
    const { exitCode, out } = await holdfast('doctor --json', { env: { DATABASE_URL: url } });
    expect(exitCode).toBe(EXIT.error);
    expect(JSON.parse(out).findings[0]).toMatchObject({ check: 'database', state: 'fault' });
  });

  test('a database that a newer version has changed is a fault', async () => {
    await sql(`insert into migrations (timestamp, name) values (1, 'FromTheFuture')`);
    const { out } = await holdfast('doctor', { env: env() });
    expect(out).toMatch(/^FAULT +schema: The database is newer than this version \(FromTheFuture\)/m);
    await sql(`delete from migrations where name = 'FromTheFuture'`);
  });
});

describeKafka('setup and doctor with Kafka', (brokers) => {
  const prefix = `cli-${process.pid}-${Date.now()}`;
  const installation = () => ({
    ...env(),
    ...{ KAFKA_BROKERS: brokers, TOPIC_PREFIX: prefix, PARTICIPANTS: 'payment' },
  });
  afterAll(() => deleteTopics(brokers, prefix));

  test('doctor names what is missing, setup makes it, and then only the readers are missing', async () => {
    const before = await holdfast('doctor', { env: installation() });
    expect(before.out).toMatch(new RegExp(`FAULT +topics: Kafka has no topic ${prefix}\\.cmd\\.payment, `));
    const made = await holdfast('setup', { env: installation() });
    expect(made).toMatchObject({
      exitCode: EXIT.ok,
      out: expect.stringContaining(`Created ${prefix}.cmd.payment`),
    });
    expect((await holdfast('setup', { env: installation() })).out).toContain('All topics were there.');
    const after = await holdfast('doctor', { env: installation() });
    expect(after.out).toMatch(/^OK +topics: All 5 topics are there, as planned\.$/m);
    expect(after.out).toMatch(/^FAULT +consumer payment: Nobody reads /m);
    expect(after.exitCode).toBe(EXIT.error);
  });
});
