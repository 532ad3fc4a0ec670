import type { Admin } from 'kafkajs';
import type { Reader } from '../bus.js';
import type { KafkaConnection } from './kafka-client.js';
import { withPatientAdmin } from './kafka-topics.js';

/** What Kafka gives as the offset of a group that has committed none. */
const NO_OFFSET = -1n;

/** How far groups of consumers are behind the ends of their topics, in messages. */
export async function kafkaLag(connection: KafkaConnection, readers: readonly Reader[]): Promise<number[]> {
  return withPatientAdmin(connection, (admin) => lagsOf(admin, readers));
}

async function lagsOf(admin: Admin, readers: readonly Reader[]): Promise<number[]> {
  const existing = new Set(await admin.listTopics());
  const lags: number[] = [];
  // One after another: kafkajs' requests of one client share its list of topics and leaders while they refresh it.
  for (const reader of readers) lags.push(existing.has(reader.topic) ? await lagOf(admin, reader) : 0);
  return lags;
}

async function lagOf(admin: Admin, { group, topic }: Reader): Promise<number> {
  const ends = await admin.fetchTopicOffsets(topic);
  const commits = group === null ? [] : await admin.fetchOffsets({ groupId: group, topics: [topic] });
  const committed = new Map(
    commits.flatMap(({ partitions }) =>
      partitions.map(({ partition, offset }) => [partition, BigInt(offset)]),
    ),
  );
  return ends.reduce((sum, { partition, low, high }) => {
    const next = committed.get(partition) ?? NO_OFFSET;
    const oldest = BigInt(low);
    return sum + Number(BigInt(high) - (next > oldest ? next : oldest));
  }, 0);
}
