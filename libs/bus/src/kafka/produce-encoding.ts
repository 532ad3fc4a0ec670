import { createRequire } from 'node:module';
import { blockBytes, RequestWriter, type Text, varintBytes } from './request-writer.js';

/**
 * kafkajs 2.2.4 allocates a buffer for each record and one more for each header, and copies each four times: 30 µs for
 * a message with five headers, more than everything else on its way through this process together. Here a request is
 * measured first and then written into one buffer, which takes a tenth of that. What this project does not use
 * (compression, transactions, sequences, timestamps and lists of headers) stays with kafkajs.
 */
interface Message {
  readonly key?: Text | null;
  readonly value: Text | null;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly timestamp?: string;
}

interface PartitionRecords {
  readonly partition: number;
  readonly messages: readonly Message[];
}

interface ProduceOptions {
  readonly acks: number;
  readonly timeout: number;
  readonly compression?: number;
  readonly transactionalId?: string;
  readonly producerId?: unknown;
  readonly topicData: readonly { readonly topic: string; readonly partitions: readonly PartitionRecords[] }[];
}

interface ProduceRequest {
  readonly request: { readonly encode: () => Promise<unknown> };
  readonly response: unknown;
}

type ProduceProtocol = (options: ProduceOptions) => ProduceRequest;

const load = createRequire(import.meta.url);
const crc32c = load('kafkajs/src/protocol/recordBatch/crc32C/index.js') as (bytes: Buffer) => number;
const produce = load('kafkajs/src/protocol/requests/produce/index.js') as {
  protocol: (version: { readonly version: number }) => ProduceProtocol;
};

/** The versions whose requests look the same, and carry record batches. */
const VERSION_MIN = 3;
const VERSION_MAX = 7;
const NO_PRODUCER_ID = -1;
/** The format of record batches that these versions carry. */
const MAGIC = 2;

const { protocol } = produce;
produce.protocol = ({ version }) => {
  const original = protocol({ version });
  if (version < VERSION_MIN || version > VERSION_MAX) return original;
  return (options) => {
    const made = original(options);
    if (!isPlain(options)) return made;
    // kafkajs copies what `buffer` gives of an encoder into the request, after a look at `buf`.
    const encode = () => {
      const buffer = encodeProduce(options, Date.now());
      return Promise.resolve({ buf: buffer, buffer, size: () => buffer.length });
    };
    return { ...made, request: { ...made.request, encode } };
  };
};

function isPlain({ compression, transactionalId, producerId, topicData }: ProduceOptions): boolean {
  if (compression || transactionalId || (producerId !== undefined && producerId !== NO_PRODUCER_ID))
    return false;
  return topicData.every(({ partitions }) =>
    partitions.every(({ messages }) => messages.every(isPlainMessage)),
  );
}

function isPlainMessage({ timestamp, headers }: Message): boolean {
  if (timestamp !== undefined) return false;
  for (const name in headers) {
    const value = headers[name];
    if (typeof value !== 'string' && !Buffer.isBuffer(value)) return false;
  }
  return true;
}

/** A produce request of versions 3 to 7, without its header. */
export function encodeProduce({ acks, timeout, topicData }: ProduceOptions, now: number): Buffer {
  const writer = new RequestWriter();
  writer.int16(-1); // no transaction
  writer.int16(acks);
  writer.int32(timeout);
  writer.int32(topicData.length);
  for (const { topic, partitions } of topicData) {
    writer.name(topic);
    writer.int32(partitions.length);
    for (const { partition, messages } of partitions) {
      writer.int32(partition);
      writeBatch(writer, messages, now);
    }
  }
  return writer.written();
}

function writeBatch(writer: RequestWriter, messages: readonly Message[], now: number): void {
  const sizeHole = writer.hole();
  const start = writer.offset;
  writer.int64(0); // first offset: the broker's to say
  const lengthHole = writer.hole();
  const lengthFrom = writer.offset;
  writer.int32(0); // the leader's epoch
  writer.int8(MAGIC);
  const checksumHole = writer.hole();
  const checksumFrom = writer.offset;
  writer.int16(0); // attributes: not compressed, stamped by its maker
  writer.int32(messages.length - 1);
  writer.int64(now);
  writer.int64(now);
  writer.int64(NO_PRODUCER_ID);
  writer.int16(0); // the producer's epoch
  writer.int32(0); // first sequence
  writer.int32(messages.length);
  for (const [index, message] of messages.entries()) writeRecord(writer, message, index);
  writer.fill(sizeHole, writer.offset - start);
  writer.fill(lengthHole, writer.offset - lengthFrom);
  writer.fill(checksumHole, crc32c(writer.written(checksumFrom)));
}

function writeRecord(writer: RequestWriter, { key, value, headers = {} }: Message, index: number): void {
  let count = 0;
  let length = 2 + varintBytes(index) + blockBytes(key) + blockBytes(value);
  for (const name in headers) {
    count++;
    length += blockBytes(name) + blockBytes(headers[name] as Text);
  }
  writer.varint(length + varintBytes(count));
  writer.int8(0); // attributes
  writer.varint(0); // time since that of the batch
  writer.varint(index);
  writer.block(key);
  writer.block(value);
  writer.varint(count);
  for (const name in headers) {
    writer.block(name);
    writer.block(headers[name] as Text);
  }
}
