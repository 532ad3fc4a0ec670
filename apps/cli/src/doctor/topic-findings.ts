import type { FoundTopic, KafkaTopic } from '@holdfast/bus';
import { fault, ok, warning, type Finding } from './finding.js';

/** How the topics stand to the plan: missing ones are a fault, those that are otherwise a warning each. */
export function topicFindings(planned: readonly KafkaTopic[], found: readonly FoundTopic[]): Finding[] {
  const byName = new Map(found.map((topic) => [topic.topic, topic]));
  const missing = planned.filter(({ topic }) => !byName.has(topic)).map(({ topic }) => topic);
  const findings = [
    ...(missing.length > 0
      ? [fault('topics', `Kafka has no topic ${missing.join(', ')}: run "holdfast setup".`)]
      : []),
    ...planned.flatMap((plan) => {
      const topic = byName.get(plan.topic);
      return topic ? differences(plan, topic).map((sentence) => warning('topics', sentence)) : [];
    }),
  ];
  if (findings.length > 0) return findings;
  return [ok('topics', `All ${planned.length} topics are there, as planned.`)];
}

function differences(plan: KafkaTopic, found: FoundTopic): string[] {
  const { topic } = plan;
  const sentences: string[] = [];
  if (found.partitions < plan.partitions)
    sentences.push(
      `${topic} has ${found.partitions} of ${plan.partitions} partitions, so fewer processes can share its work: add partitions while nothing is unresolved, since they move keys.`,
    );
  if (found.replicationFactor < plan.replicationFactor)
    sentences.push(
      `${topic} stands on ${found.replicationFactor} of ${plan.replicationFactor} brokers: reassign its partitions (kafka-reassign-partitions.sh).`,
    );
  const keepsLess =
    found.retentionMs !== -1 && (plan.retentionMs === -1 || found.retentionMs < plan.retentionMs);
  if (keepsLess)
    sentences.push(
      `${topic} keeps messages for ${found.retentionMs} ms and not for ${plan.retentionMs}: set its retention.ms (kafka-configs.sh).`,
    );
  return sentences;
}
