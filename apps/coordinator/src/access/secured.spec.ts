import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KafkaBus, createTopics, findTopics } from '@holdfast/bus';
import type { KafkaConnection } from '@holdfast/bus';
import { deadLetterTopic, topics } from '@holdfast/protocol';
import { StartError } from '@holdfast/service';
import type { RunningService } from '@holdfast/service';
import { describeKafka, until } from '@holdfast/testing';
import kafkajs from 'kafkajs';
import { ScriptedParticipant } from '../coordinator-under-test.suite.js';
import { bootstrap } from '../main.js';
import { aclOf, documentedRights, probeRead, probeWrite, textOf } from './kafka-rights.suite.js';
import { SecuredServers } from './secured-servers.suite.js';

const PASSWORDS = {
  coordinator: 'a-secret-of-the-coordinator',
  payment: 'a-secret-of-payment',
  setup: 'a-secret-of-setup',
  doctor: 'a-secret-of-the-doctor',
};
type User = keyof typeof PASSWORDS;
const MECHANISM = 'scram-sha-512';
const CLI = fileURLToPath(new URL('../../../cli/dist/main.js', import.meta.url));
const names = topics();
const command = names.command('payment');

describeKafka('PostgreSQL and Kafka that ask for TLS and a password', () => {
  let servers: SecuredServers;
  let admin: kafkajs.Admin;
  let service: RunningService | undefined;
  let payment: ScriptedParticipant | undefined;
  const printed: string[] = [];
  const buses: KafkaBus[] = [];

  function connection(user: User, given: Partial<KafkaConnection> = {}): KafkaConnection {
    return {
      brokers: [servers.kafka.securedBrokers as string],
      clientId: user,
      log: (...line) => printed.push(JSON.stringify(line)),
      tls: { ca: servers.ca },
      sasl: { mechanism: MECHANISM, username: user, password: PASSWORDS[user] },
      ...given,
    };
  }
  function busOf(user: User): KafkaBus {
    const bus = new KafkaBus(connection(user));
    buses.push(bus);
    return bus;
  }
  const environment = (user: User, given: Record<string, string> = {}) => ({
    ...{ PORT: '0', LOG_LEVEL: 'error', KAFKA_BROKERS: servers.kafka.securedBrokers as string },
    DATABASE_URL: `postgres://coordinator:${PASSWORDS.coordinator}@127.0.0.1:${servers.postgres.port}/coordinator`,
    ...{ DATABASE_TLS: 'true', DATABASE_TLS_CA_FILE: servers.caFile },
    ...{ KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: servers.caFile },
    ...{ KAFKA_SASL_MECHANISM: MECHANISM, KAFKA_SASL_USERNAME: user, KAFKA_SASL_PASSWORD: PASSWORDS[user] },
    ...given,
  });
  /** `holdfast` in a process of its own, built, as a person runs it. */
  const holdfast = async (user: 'setup' | 'doctor') => {
    const env = { ...environment(user), PARTICIPANTS: 'payment' };
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, user], { env }).catch(
      (failed: { stdout: string }) => failed,
    );
    return stdout;
  };

  beforeAll(async () => {
    servers = await SecuredServers.start(PASSWORDS);
    admin = new kafkajs.Kafka({ brokers: [servers.kafka.brokers] }).admin();
    await admin.connect();
    await admin.createAcls({ acl: (await documentedRights()).map(aclOf) });
    await until(async () => (await holdfast('setup')).includes('Created holdfast.cmd.payment'), {
      what: 'the topics that setup makes',
      timeoutMs: 60_000,
    });
  }, 120_000);
  afterAll(async () => {
    await payment?.close();
    await service?.close();
    await Promise.all(buses.map((bus) => bus.close()));
    await admin.disconnect();
    await servers.stop();
  }, 60_000);

  const write = (user: User, topic: string) => probeWrite(connection(user), topic);
  const read = (user: User, group: string, topic: string) => probeRead(connection(user), group, topic);
  const topicsOf = async (user: User) => {
    const found = await findTopics(connection(user), [command]);
    if (!(found[0] && found[0].retentionMs > 0)) throw new Error('is not shown');
  };

  /** What each right is for; it rejects while the right is missing. */
  const uses: Record<string, () => Promise<unknown>> = {
    'coordinator: Write topic holdfast.cmd.*': () => write('coordinator', command),
    'coordinator: Read topic holdfast.reply': () => read('coordinator', names.replyGroup, names.reply),
    'coordinator: Write topic holdfast.reply.dlq': () => write('coordinator', deadLetterTopic(names.reply)),
    'coordinator: Read topic holdfast.event': () => read('coordinator', `${names.event}.tail.x`, names.event),
    'coordinator: Write topic holdfast.event': () => write('coordinator', names.event),
    'coordinator: Read group holdfast.reply.coordinator': () =>
      read('coordinator', names.replyGroup, names.reply),
    'coordinator: Read group holdfast.event.tail.*': () =>
      read('coordinator', `${names.event}.tail.x`, names.event),
    'coordinator: Describe group holdfast.participant.*': () =>
      busOf('coordinator').lag([{ group: names.commandGroup('payment'), topic: command }]),
    'payment: Read topic holdfast.cmd.payment': () => read('payment', names.commandGroup('payment'), command),
    'payment: Write topic holdfast.cmd.payment.dlq': () => write('payment', deadLetterTopic(command)),
    'payment: Write topic holdfast.reply': () => write('payment', names.reply),
    'payment: Read group holdfast.participant.payment': () =>
      read('payment', names.commandGroup('payment'), command),
    'setup: Create topic holdfast.*': () => createOne(),
    'setup: Describe topic holdfast.*': () => createOne(),
    'doctor: Describe topic holdfast.*': () => topicsOf('doctor'),
    'doctor: DescribeConfigs topic holdfast.*': () => topicsOf('doctor'),
    'doctor: Describe group holdfast.*': () =>
      busOf('doctor').lag([{ group: names.replyGroup, topic: names.reply }]),
  };
  let made = 0;
  const createOne = () => {
    const topic = names.command(`new-${(made += 1)}`);
    return createTopics(connection('setup'), [
      { topic, partitions: 1, retentionMs: 60_000, replicationFactor: 1 },
    ]);
  };

  test('of the rights of the docs each is needed: what it is for is refused without it', async () => {
    const rights = await documentedRights();
    expect(Object.keys(uses).sort()).toEqual(rights.map(textOf).sort());
    const spare: string[] = [];
    for (const right of rights) {
      const use = uses[textOf(right)] as () => Promise<unknown>;
      const isRefused = () =>
        use().then(
          () => false,
          () => true,
        );
      const isAllowed = async () => !(await isRefused());
      await until(isAllowed, { what: textOf(right) });
      const { permissionType, ...acl } = aclOf(right);
      await admin.deleteAcls({ filters: [{ ...acl, permissionType }] });
      await until(isRefused, { what: 'a refusal', timeoutMs: 3_000 }).catch(() => spare.push(textOf(right)));
      await admin.createAcls({ acl: [aclOf(right)] });
      await until(isAllowed, { what: `${textOf(right)} again` });
    }
    expect(spare).toEqual([]);
  }, 120_000);

  test('a transaction runs with them, and the stream tells its end', async () => {
    service = await bootstrap(environment('coordinator'));
    payment = new ScriptedParticipant(busOf('payment'), 'payment');
    await payment.start();
    const { url } = service;
    const stream = await fetch(`${url}/v1/stream`);
    let told = '';
    const listening = stream.body
      ?.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (text) => void (told += text) }))
      .catch(() => undefined);
    await until(() => told.includes('id: '), { what: 'the begin of the stream' });
    const begin = () =>
      fetch(`${url}/v1/transactions?wait=ended&timeout=10s`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          name: 'test',
          branches: [{ participant: 'payment', resource: 'payment.reserve', input: { n: 1 } }],
        }),
      });
    // Refused until the announcement has arrived.
    const begun = await until(
      async () => {
        const response = await begin();
        return response.status === 201 && ((await response.json()) as { xid: string; phase: string });
      },
      { what: 'a begin', timeoutMs: 20_000 },
    );
    expect(begun).toMatchObject({ phase: 'confirmed' });
    await until(() => told.includes(begun.xid), { what: 'the end on the stream' });
    const lag = async () => (await (await fetch(`${url}/metrics`)).text()).includes(`{topic="${command}"} 0`);
    // It is read every half minute.
    await until(lag, { what: 'the lag of the participant', timeoutMs: 45_000 });
    const found = await holdfast('doctor');
    expect(found).toMatch(/^OK +topics: All 5 topics/m);
    expect(found).toMatch(/^OK +consumer coordinator: 1 reads/m);
    expect(found).toMatch(/^OK +consumer payment: 1 reads/m);
    await service.close();
    service = undefined;
    await listening;
  }, 120_000);

  test('a participant can write no commands, its own neither', async () => {
    for (const name of ['payment', 'stock']) {
      const message = { topic: names.command(name), key: 'x', headers: {}, value: Buffer.from('{}') };
      await expect(busOf('payment').publish([message])).rejects.toThrow();
    }
  });

  const elsewhere = (address: string) => address.replace('127.0.0.1', 'localhost');
  const environments: Record<string, (env: Record<string, string>) => Record<string, string>> = {
    'a wrong password': () => ({ KAFKA_SASL_PASSWORD: 'another-secret' }),
    'no login': () => ({ KAFKA_SASL_MECHANISM: '', KAFKA_SASL_USERNAME: '', KAFKA_SASL_PASSWORD: '' }),
    'brokers whose authorities are not known': () => ({ KAFKA_TLS_CA_FILE: '' }),
    'brokers whose certificate has another name': ({ KAFKA_BROKERS = '' }) => ({
      KAFKA_BROKERS: elsewhere(KAFKA_BROKERS),
    }),
    'a database that is another service’s': ({ DATABASE_URL = '' }) => ({
      DATABASE_URL: DATABASE_URL.replace(/\/coordinator$/, '/payment'),
    }),
    'a database without TLS': () => ({ DATABASE_TLS: 'false', DATABASE_TLS_CA_FILE: '' }),
    'a database whose authorities are not known': () => ({ DATABASE_TLS_CA_FILE: '' }),
    'a database whose certificate has another name': ({ DATABASE_URL = '' }) => ({
      DATABASE_URL: elsewhere(DATABASE_URL),
    }),
  };

  test.each(Object.keys(environments))('it does not start with %s, and tells no secret', async (what) => {
    const env = environment('coordinator');
    const given = environments[what]?.(env);
    const error = await bootstrap({ ...env, ...given }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    if (!(error instanceof StartError)) printed.push(String((error as Error).stack));
    printed.push((error as Error).message);
    if (what.includes('name')) expect(String((error as Error).message)).toMatch(/altnames/);
    if (what.includes('authorities')) expect(String((error as Error).message)).toMatch(/certificate/);
    for (const password of [...Object.values(PASSWORDS), 'another-secret'])
      expect(printed.join('\n')).not.toContain(password);
  });
});
