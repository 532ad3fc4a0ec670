import type { KafkaTopic } from '@holdfast/bus';
import { deadLetterTopic } from '@holdfast/protocol';
import type { Topics } from '@holdfast/protocol';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A participant that is away for a week finds all its commands. */
const COMMAND_RETENTION_MS = 7 * DAY_MS;
const REPLY_RETENTION_MS = DAY_MS;
const EVENT_RETENTION_MS = 7 * DAY_MS;
const DEAD_LETTER_RETENTION_MS = 14 * DAY_MS;

/** As many processes as can share the work of one topic. */
const PARTITIONS = 4;

/** All topics of an installation: the one place where their partitions, retention and replication stand. */
export function topicPlan(
  topics: Topics,
  participants: readonly string[],
  replicationFactor: number,
): KafkaTopic[] {
  const kept = (topic: string, retentionMs: number): KafkaTopic[] => [
    { topic, partitions: PARTITIONS, retentionMs, replicationFactor },
    {
      topic: deadLetterTopic(topic),
      partitions: 1,
      retentionMs: DEAD_LETTER_RETENTION_MS,
      replicationFactor,
    },
  ];
  return [
    ...participants.flatMap((participant) => kept(topics.command(participant), COMMAND_RETENTION_MS)),
    ...kept(topics.reply, REPLY_RETENTION_MS),
    { topic: topics.event, partitions: PARTITIONS, retentionMs: EVENT_RETENTION_MS, replicationFactor },
  ];
}
