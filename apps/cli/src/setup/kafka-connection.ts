import type { KafkaConnection } from '@holdfast/bus';
import { kafkaSecurity } from '@holdfast/service';
import type { Terminal } from '../terminal.js';
import type { InstallationSettings } from './installation-settings.js';

/**
 * A Kafka, as a command reaches it: what matters is said beside the answer.
 * @throws StartError if the settings of its TLS or login do not do.
 */
export function kafkaConnection(
  brokers: readonly string[],
  settings: InstallationSettings,
  terminal: Terminal,
): KafkaConnection {
  return {
    brokers,
    ...kafkaSecurity(settings),
    clientId: 'holdfast-cli',
    log: (level, message) => {
      if (level === 'warn' || level === 'error') terminal.warn(message);
    },
  };
}
