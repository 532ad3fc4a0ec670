import { randomUUID } from 'node:crypto';
import kafkajs, { type Consumer } from 'kafkajs';
import { until } from './until.js';

const { Kafka, logLevel } = kafkajs;

/**
 * Joins a consumer group once and leaves it. An open port is not readiness: the first group makes the broker create
 * its offsets topic, and until that is loaded kafkajs crashes and restarts its consumers. Rejects after `timeoutMs`
 * with what Kafka said last.
 */
export async function joinGroupOnce(brokers: readonly string[], timeoutMs: number): Promise<void> {
  const kafka = new Kafka({
    clientId: 'holdfast-starter',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    retry: { retries: 0 },
  });
  const groupId = `holdfast.starter.${randomUUID()}`;
  const admin = kafka.admin();
  const endsAt = performance.now() + timeoutMs;
  try {
    // Asking for a group's offsets already makes the topic, and fails without the noise of a crashed consumer.
    await until(() => admin.connect().then(() => admin.fetchOffsets({ groupId })), {
      what: `Kafka at ${brokers.join(', ')} to answer`,
      timeoutMs,
      intervalMs: 50,
    });
    // A subscription that matches no topic; with nothing to fetch, stopping lasts as long as one idle wait.
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50 });
    await joinAndLeave(consumer, Math.max(endsAt - performance.now(), 1_000));
  } finally {
    await admin.disconnect();
  }
}

async function joinAndLeave(consumer: Consumer, timeoutMs: number): Promise<void> {
  let joined = false;
  consumer.on(consumer.events.GROUP_JOIN, () => {
    joined = true;
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [/^holdfast\.no\.such\.topic$/] });
    await consumer.run({ eachMessage: async () => undefined });
    await until(() => joined, { what: 'a consumer to join a group of Kafka', timeoutMs });
  } finally {
    await consumer.disconnect();
  }
}
