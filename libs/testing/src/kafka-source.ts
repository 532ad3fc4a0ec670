import { joinGroupOnce } from './kafka-group.js';
import { installKafka, type KafkaInstall } from './kafka-install.js';

const ANSWER_TIMEOUT_MS = 5_000;

/** Where Kafka comes from: brokers that run, what starts one, or nowhere (then the memory bus has to do). */
export type KafkaSource =
  | { readonly kind: 'running'; readonly brokers: string }
  | { readonly kind: 'install'; readonly install: KafkaInstall }
  | { readonly kind: 'none'; readonly reason: string };

/**
 * Looks for Kafka in this order: `KAFKA_BROKERS`, Java with Maven, none. `HOLDFAST_KAFKA=off` means none at once.
 * Throws where one is asked for and cannot be had: brokers that do not answer, a Java that is too old.
 */
export async function findKafka(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<KafkaSource> {
  if (env['HOLDFAST_KAFKA'] === 'off') return { kind: 'none', reason: 'HOLDFAST_KAFKA=off' };
  const brokers = env['KAFKA_BROKERS'];
  if (brokers) {
    await assertAnswer(brokers);
    return { kind: 'running', brokers };
  }
  const install = await installKafka(env, say);
  return 'missing' in install ? { kind: 'none', reason: install.missing } : { kind: 'install', install };
}

async function assertAnswer(brokers: string): Promise<void> {
  const list = brokers.split(',').map((broker) => broker.trim());
  await joinGroupOnce(list, ANSWER_TIMEOUT_MS).catch((cause: unknown) => {
    throw new Error(
      `No Kafka answers at KAFKA_BROKERS=${brokers} (${(cause as Error).message}). ` +
        'Start it, correct the addresses, or unset KAFKA_BROKERS to have one started here.',
      { cause },
    );
  });
}
