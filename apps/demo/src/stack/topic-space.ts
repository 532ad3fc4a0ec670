import { randomBytes } from 'node:crypto';
import { TOPIC_PREFIX_DEFAULT } from '@holdfast/protocol';
import { deleteTopics, type KafkaSource } from '@holdfast/testing';

/** The topics of one stack. */
export interface TopicSpace {
  /** What their names begin with. */
  readonly prefix: string;
  /** Deletes them where they would stay behind on somebody's Kafka and were only for this run. */
  readonly remove: () => Promise<void>;
}

/** A Kafka that runs already may hold older messages: a run that wants none gets names of its own there. */
export function topicSpace(kafka: KafkaSource, fresh: boolean): TopicSpace {
  if (kafka.kind !== 'running' || !fresh) {
    return { prefix: TOPIC_PREFIX_DEFAULT, remove: async () => undefined };
  }
  const prefix = `${TOPIC_PREFIX_DEFAULT}-demo-${randomBytes(4).toString('hex')}`;
  return { prefix, remove: () => deleteTopics(kafka.brokers, prefix) };
}
