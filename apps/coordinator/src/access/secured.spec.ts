import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KafkaBus, createTopics } from '@holdfast/bus';
import type { KafkaConnection } from '@holdfast/bus';
import { deadLetterTopic, topics } from '@holdfast/protocol';
import { StartError } from '@holdfast/service';
import type { RunningService } from '@holdfast/service';
import { describeKafka, until } from '@holdfast/testing';
import kafkajs from 'kafkajs';
import type { AclEntry } from 'kafkajs';
import { ScriptedParticipant } from '../coordinator-under-test.suite.js';
import { bootstrap } from '../main.js';
import { tableOf } from './access-page.suite.js';
import { SecuredServers } from './secured-servers.suite.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, ResourcePatternTypes } = kafkajs;
const PASSWORDS = { coordinator: 'a-secret-of-the-coordinator', payment: 'a-secret-of-payment', setup: 'b' };
type User = keyof typeof PASSWORDS;
const names = topics();

/** What the docs give to the services, with `payment` for the participant. */
async function documentedRights(): Promise<AclEntry[]> {
  const rows = await tableOf('kafka');
  return rows.flatMap(([who = '', kind, name = '', operations = '']) => {
    const plain = (text: string) => text.replaceAll('`', '');
    const user = plain(who).replace(/^participant$/, 'payment');
    const resource = plain(name).replace(/\.participant(\.dlq)?$/, '.payment$1');
    const isPrefix = resource.endsWith('*');
    return operations.split(', ').map((operation) => ({
      principal: `User:${user}`,
      host: '*',
      resourceType: kind === 'group' ? AclResourceTypes.GROUP : AclResourceTypes.TOPIC,
      resourceName: resource.replace('*', ''),
      resourcePatternType: isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
      operation: AclOperationTypes[operation.toUpperCase() as 'READ'],
      permissionType: AclPermissionTypes.ALLOW,
    }));
  });
}

describeKafka('PostgreSQL and Kafka that ask for TLS and a password', () => {
  let servers: SecuredServers;
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
      sasl: { mechanism: 'scram-sha-512', username: user, password: PASSWORDS[user] },
      ...given,
    };
  }
  function busOf(user: User, given: Partial<KafkaConnection> = {}): KafkaBus {
    const bus = new KafkaBus(connection(user, given));
    buses.push(bus);
    return bus;
  }
  const environment = (given: Record<string, string> = {}) => ({
    ...{ PORT: '0', LOG_LEVEL: 'error', KAFKA_BROKERS: servers.kafka.securedBrokers as string },
    DATABASE_URL: `postgres://coordinator:${PASSWORDS.coordinator}@127.0.0.1:${servers.postgres.port}/coordinator`,
    ...{ DATABASE_TLS: 'true', DATABASE_TLS_CA_FILE: servers.caFile },
    ...{ KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: servers.caFile },
    ...{ KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_SASL_USERNAME: 'coordinator' },
    KAFKA_SASL_PASSWORD: PASSWORDS.coordinator,
    ...given,
  });

  beforeAll(async () => {
    servers = await SecuredServers.start(PASSWORDS);
    const admin = new Kafka({ brokers: [servers.kafka.brokers] }).admin();
    await admin.connect();
    await admin.createAcls({ acl: await documentedRights() });
    await admin.disconnect();
    const all = [names.reply, names.event, names.command('payment'), names.command('stock')];
    const plan = [...all, ...all.map(deadLetterTopic)].map((topic) => ({
      ...{ topic, partitions: 1, retentionMs: 60_000, replicationFactor: 1 },
    }));
    await until(() => createTopics(connection('setup'), plan).then(() => true), { what: 'the topics' });
  }, 120_000);
  afterAll(async () => {
    await payment?.close();
    await service?.close();
    await Promise.all(buses.map((bus) => bus.close()));
    await servers.stop();
  }, 60_000);

  test('a transaction runs with just the rights of the docs', async () => {
    service = await bootstrap(environment());
    payment = new ScriptedParticipant(busOf('payment'), 'payment');
    await payment.start();
    const { url } = service;
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
        return response.status === 201 && ((await response.json()) as { phase: string });
      },
      { what: 'a begin', timeoutMs: 20_000 },
    );
    expect(begun).toMatchObject({ phase: 'confirmed' });
  });

  test('a participant can write no commands, its own neither', async () => {
    for (const name of ['payment', 'stock']) {
      const message = { topic: names.command(name), key: 'x', headers: {}, value: Buffer.from('{}') };
      await expect(busOf('payment').publish([message])).rejects.toThrow();
    }
  });

  test.each([
    ['a wrong password', { KAFKA_SASL_PASSWORD: 'another-secret' }],
    ['authorities that did not sign', { KAFKA_TLS_CA_FILE: '' }],
    ['a database that is another service’s', { DATABASE_URL: '/payment' }],
    ['a database without TLS', { DATABASE_TLS: 'false', DATABASE_TLS_CA_FILE: '' }],
    ['a certificate of the database that nobody signed', { DATABASE_TLS_CA_FILE: '' }],
  ])('it does not start with %s, and tells no secret', async (_, given) => {
    const env = environment();
    const { DATABASE_URL = env.DATABASE_URL } = given as { DATABASE_URL?: string };
    const url = DATABASE_URL.startsWith('/')
      ? env.DATABASE_URL.replace('/coordinator', '/payment')
      : DATABASE_URL;
    const error = await bootstrap({ ...env, ...given, DATABASE_URL: url }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    if (!(error instanceof StartError)) printed.push(String((error as Error).stack));
    printed.push((error as Error).message);
    for (const password of [PASSWORDS.coordinator, PASSWORDS.payment, 'another-secret'])
      expect(printed.join('\n')).not.toContain(password);
  });
});
