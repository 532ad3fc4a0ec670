import { deadLetterTopic, TEXT_LENGTH_MAX } from '@holdfast/protocol';
import type { IncomingMessage, OutgoingMessage } from './bus.js';

/** The headers that a dead letter has besides its own: where it was read and why nobody could act on it. */
export const DEAD_LETTER_HEADERS = {
  topic: 'dead_letter_topic',
  partition: 'dead_letter_partition',
  offset: 'dead_letter_offset',
  reason: 'dead_letter_reason',
} as const;

/** The message as it arrived, addressed to the dead letters of its topic. A reason that is too long is cut. */
export function deadLetterOf(message: IncomingMessage, reason: string): OutgoingMessage {
  return {
    topic: deadLetterTopic(message.topic),
    key: message.key,
    headers: {
      ...message.headers,
      [DEAD_LETTER_HEADERS.topic]: message.topic,
      [DEAD_LETTER_HEADERS.partition]: String(message.partition),
      [DEAD_LETTER_HEADERS.offset]: message.offset,
      [DEAD_LETTER_HEADERS.reason]: reason.slice(0, TEXT_LENGTH_MAX),
    },
    value: message.value,
  };
}
