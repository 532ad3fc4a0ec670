import type { IncomingMessage, OutgoingMessage } from '../bus.js';
import { RequestWriter } from './request-writer.js';
import { ResponseReader } from './response-reader.js';

/**
 * Many messages in one record: client and broker pay for a record more than for the few hundred bytes of a command, and
 * a full round has dozens for each partition. Its value holds key and body of each message, each behind its length as a
 * varint; the headers, of which all have the same, are the record's, and one more says what it is.
 */
const PACK_HEADER = 'holdfast_pack';
const PACK_FORMAT = '1';

interface Pack {
  readonly headers: OutgoingMessage['headers'];
  readonly messages: OutgoingMessage[];
}

/**
 * Puts messages that may share a record, and go to one partition with the same headers (the same object), into one.
 * Their order within a partition stays.
 * @param partitionOf where a message goes; undefined while that is not known: then it goes alone.
 */
export function packed(
  messages: readonly OutgoingMessage[],
  partitionOf: (message: OutgoingMessage) => number | undefined,
): OutgoingMessage[] {
  const records: (OutgoingMessage | Pack)[] = [];
  const open = new Map<string, Pack>();
  for (const message of messages) {
    const partition = message.packs ? partitionOf(message) : undefined;
    if (partition === undefined) {
      // It may go to any partition, and must not be overtaken.
      open.clear();
      records.push(message);
      continue;
    }
    const place = `${message.topic}/${partition}`;
    const pack = open.get(place);
    if (pack?.headers === message.headers) {
      pack.messages.push(message);
    } else {
      const first = { headers: message.headers, messages: [{ ...message, partition }] };
      open.set(place, first);
      records.push(first);
    }
  }
  return records.map((record) => ('messages' in record ? recordOf(record) : record));
}

function recordOf({ headers, messages }: Pack): OutgoingMessage {
  const [first] = messages as [OutgoingMessage];
  if (messages.length === 1) return first;
  const writer = new RequestWriter();
  for (const { key, value } of messages) {
    writer.block(key);
    writer.block(value);
  }
  return { ...first, headers: { ...headers, [PACK_HEADER]: PACK_FORMAT }, value: writer.written() };
}

/**
 * The messages of a record, each at the record's offset. What says that it is a pack and is none, or one of another
 * format, stays what it is: nobody can decode it, so it goes to the dead letters as it arrived.
 */
export function unpacked(record: IncomingMessage): IncomingMessage[] {
  if (record.headers[PACK_HEADER] !== PACK_FORMAT || record.value === null) return [record];
  const { topic, partition, offset } = record;
  const { [PACK_HEADER]: _, ...headers } = record.headers;
  const reader = new ResponseReader(record.value);
  const messages: IncomingMessage[] = [];
  try {
    while (reader.left > 0) {
      const key = reader.block();
      const value = reader.block();
      messages.push({ topic, partition, offset, key: key && key.toString(), headers, value });
    }
  } catch (error) {
    if (error instanceof RangeError) return [record];
    throw error;
  }
  return messages;
}
