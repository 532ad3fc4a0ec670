import type { KafkaMessage } from 'kafkajs';
import type { IncomingMessage } from '../bus.js';

type ReadMessage = Pick<KafkaMessage, 'offset' | 'key' | 'value' | 'headers'>;

/** A message as kafkajs read it. It must not throw, whatever a stranger wrote: kafkajs would never get past it. */
export function incomingMessage(topic: string, partition: number, message: ReadMessage): IncomingMessage {
  const headers: Record<string, string> = {};
  for (const name in message.headers) {
    const value = message.headers[name] as Buffer | null | (Buffer | null)[];
    headers[name] = String((Array.isArray(value) ? value.at(-1) : value) ?? '');
  }
  const key = message.key === null ? null : String(message.key);
  return { topic, partition, offset: message.offset, key, headers, value: message.value };
}
