import type { KafkaConnection } from '@holdfast/bus';
import kafkajs from 'kafkajs';
import type { AclEntry } from 'kafkajs';
import { tableOf } from './access-page.suite.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** One operation that the docs give to somebody, on a name that may end in `*`. */
export interface Right {
  readonly who: string;
  readonly kind: string;
  readonly name: string;
  readonly operation: string;
}

/** The table of the docs, one operation each, with `payment` for the participant. */
export async function documentedRights(): Promise<Right[]> {
  const rows = await tableOf('kafka');
  return rows.flatMap(([who = '', kind = '', name = '', operations = '']) => {
    const plain = (text: string) => text.replaceAll('`', '');
    const right = {
      who: plain(who).replace(/^participant$/, 'payment'),
      kind,
      name: plain(name).replace(/\.participant(\.dlq)?$/, '.payment$1'),
    };
    return operations.split(', ').map((operation) => ({ ...right, operation }));
  });
}

export function textOf({ who, operation, kind, name }: Right): string {
  return `${who}: ${operation} ${kind} ${name}`;
}

export function aclOf({ who, kind, name, operation }: Right): AclEntry {
  const key = operation.replace(/(?<=.)[A-Z]/g, '_$&').toUpperCase();
  return {
    principal: `User:${who}`,
    host: '*',
    resourceType: kind === 'group' ? AclResourceTypes.GROUP : AclResourceTypes.TOPIC,
    resourceName: name.replace('*', ''),
    resourcePatternType: name.endsWith('*') ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    operation: AclOperationTypes[key as 'READ'],
    permissionType: AclPermissionTypes.ALLOW,
  };
}

/** Without kafkajs' own patience: a refusal is told at once. */
const impatient = ({ brokers, tls, sasl }: KafkaConnection) =>
  new kafkajs.Kafka({
    brokers: [...brokers],
    ...(tls?.ca !== undefined && { ssl: { ca: tls.ca } }),
    ...(sasl && { sasl: { ...sasl, mechanism: 'scram-sha-512' } }),
    retry: { retries: 0 },
    logLevel: kafkajs.logLevel.NOTHING,
  });

/** Rejects if this login may not write to the topic. What it writes can't be decoded, and troubles nobody. */
export async function probeWrite(connection: KafkaConnection, topic: string): Promise<void> {
  const producer = impatient(connection).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({ topic, messages: [{ value: 'a probe' }] }).finally(() => producer.disconnect());
}

/** Rejects if this login may not read the topic in this group. */
export async function probeRead(connection: KafkaConnection, groupId: string, topic: string): Promise<void> {
  const consumer = impatient(connection).consumer({
    ...{ groupId, sessionTimeout: 6_000, maxWaitTimeInMs: 100, allowAutoTopicCreation: false },
    retry: { retries: 0, restartOnFailure: () => Promise.resolve(false) },
  });
  await consumer.connect();
  try {
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.FETCH, () => resolve());
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer
        .subscribe({ topics: [topic] })
        .then(() => consumer.run({ autoCommit: false, eachBatch: async () => undefined }))
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
}
