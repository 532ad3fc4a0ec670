import kafkajs, { type Admin } from 'kafkajs';
import type { KafkaConnection } from './kafka-client.js';
import { withAdmin, withPatientAdmin, type KafkaTopic } from './kafka-topics.js';

/** A topic as it stands. */
export type FoundTopic = Pick<KafkaTopic, 'topic' | 'partitions' | 'retentionMs' | 'replicationFactor'>;

/** What stands of these names in Kafka; the others are left out. */
export async function findTopics(
  connection: KafkaConnection,
  names: readonly string[],
): Promise<FoundTopic[]> {
  return withAdmin(connection, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const found = names.filter((name) => existing.has(name));
    return found.length > 0 ? describeTopics(admin, found) : [];
  });
}

async function describeTopics(admin: Admin, names: readonly string[]): Promise<FoundTopic[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: ['retention.ms'],
    })),
  });
  const retention = new Map(
    resources.map(({ resourceName, configEntries }) => [resourceName, Number(configEntries[0]?.configValue)]),
  );
  return topics.map(({ name, partitions }) => ({
    topic: name,
    partitions: partitions.length,
    retentionMs: retention.get(name) ?? NaN,
    replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
  }));
}

/** How many consumers each group has now; none where there is no such group. */
export async function countConsumers(
  connection: KafkaConnection,
  groups: readonly string[],
): Promise<number[]> {
  const { groups: described } = await withPatientAdmin(connection, (admin) =>
    admin.describeGroups([...groups]),
  );
  const counts = new Map(described.map(({ groupId, members }) => [groupId, members.length]));
  return groups.map((group) => counts.get(group) ?? 0);
}
