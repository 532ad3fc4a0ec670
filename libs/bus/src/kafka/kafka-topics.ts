import type { Admin } from 'kafkajs';
import { backoff } from '../backoff.js';
import { kafkaClient, type KafkaConnection } from './kafka-client.js';
import { mayHeal } from './kafka-errors.js';

/** The most bytes of one message that is published; its topic has to take a little more, its dead letters more yet. */
export const MESSAGE_BYTES_MAX = 3 * 1024 * 1024;
const TOPIC_BYTES_MAX = 4 * 1024 * 1024;
export const DEAD_LETTER_BYTES_MAX = 5 * 1024 * 1024;

export interface KafkaTopic {
  readonly topic: string;
  readonly partitions: number;
  /** How long messages stay, in milliseconds; -1 for ever. */
  readonly retentionMs: number;
  readonly replicationFactor: number;
  /** Further settings by their names in Kafka. */
  readonly config?: Readonly<Record<string, string>>;
}

/** How long brokers may take to make topics and tell each other. */
const CREATION_MS_MAX = 30_000;
/** How long questions about topics are repeated. */
const PATIENCE_MS = 5_000;

/**
 * Creates the topics that do not exist yet and leaves the others as they are: more partitions would move keys, and
 * with them break their order. When it resolves, those that were missing can be used.
 * @returns the names of those that did not exist.
 */
export async function createTopics(
  connection: KafkaConnection,
  topics: readonly KafkaTopic[],
): Promise<string[]> {
  const names = topics.map(({ topic }) => topic);
  const missing = await missingTopics(connection, names);
  const endsAt = performance.now() + CREATION_MS_MAX;
  for (let failures = 1; missing.length > 0; failures++) {
    try {
      await withAdmin(connection, (admin) => createMissing(admin, topics));
      break;
    } catch (error) {
      if (!mayHeal(error) || performance.now() > endsAt) throw error;
    }
    await backoff(failures);
  }
  return missing;
}

async function createMissing(admin: Admin, topics: readonly KafkaTopic[]): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ topic }) => !existing.has(topic));
  // Another setup may be creating them at the same moment: kafkajs answers false then.
  if (missing.length > 0) await admin.createTopics({ topics: missing.map(described), waitForLeaders: false });
  // Brokers name a partition's leader before it leads. A request that comes in between is written to the partitions
  // that are led by then, refused by the others, and repeated as a whole. So each leader is asked something, which
  // rejects until it leads; one topic after another, since kafkajs' requests of one client share its list of topics.
  for (const { topic } of topics) await admin.fetchTopicOffsets(topic);
}

/** Those of the names of which there is no topic. */
export async function missingTopics(
  connection: KafkaConnection,
  names: readonly string[],
): Promise<string[]> {
  return withAdmin(connection, async (admin) => {
    const existing = new Set(await admin.listTopics());
    return names.filter((name) => !existing.has(name));
  });
}

function described({ topic, partitions, retentionMs, replicationFactor, config }: KafkaTopic) {
  const settings: Record<string, string> = {
    'retention.ms': String(retentionMs),
    'max.message.bytes': String(topic.endsWith('.dlq') ? DEAD_LETTER_BYTES_MAX : TOPIC_BYTES_MAX),
    // An acknowledged message stands on one broker more than may be away.
    'min.insync.replicas': String(Math.max(1, replicationFactor - 1)),
    // The broker unpacks what a stranger compressed: kafkajs can't read most codecs, and would stop at the message.
    'compression.type': 'uncompressed',
    ...config,
  };
  return {
    topic,
    numPartitions: partitions,
    replicationFactor,
    configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
  };
}

/** Connects for as long as `act` takes. */
export async function withAdmin<T>(
  connection: KafkaConnection,
  act: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = kafkaClient(connection).admin();
  try {
    await admin.connect();
    return await act(admin);
  } finally {
    await admin.disconnect();
  }
}

/** The same, again and again for a while: brokers need a moment to agree who leads a topic that was just made. */
export async function withPatientAdmin<T>(
  connection: KafkaConnection,
  act: (admin: Admin) => Promise<T>,
): Promise<T> {
  const endsAt = performance.now() + PATIENCE_MS;
  for (let failures = 1; ; failures++) {
    try {
      return await withAdmin(connection, act);
    } catch (error) {
      if (!mayHeal(error) || performance.now() > endsAt) throw error;
    }
    await backoff(failures);
  }
}
