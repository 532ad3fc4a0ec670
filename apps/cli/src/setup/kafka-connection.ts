import type { KafkaConnection } from '@holdfast/bus';
import type { Terminal } from '../terminal.js';

/** A Kafka, as a command reaches it: what matters is said beside the answer. */
export function kafkaConnection(brokers: readonly string[], terminal: Terminal): KafkaConnection {
  return {
    brokers,
    clientId: 'holdfast-cli',
    log: (level, message) => {
      if (level === 'warn' || level === 'error') terminal.warn(message);
    },
  };
}
