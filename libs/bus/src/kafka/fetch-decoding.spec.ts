import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeFetch } from './fetch-decoding.js';
import { encodeProduce } from './produce-encoding.js';
import { RequestWriter } from './request-writer.js';

type Decoded = NonNullable<ReturnType<typeof decodeFetch>>;

const kafkajs = createRequire(import.meta.url)('kafkajs/src/protocol/requests/fetch/v11/response.js') as {
  decode: (raw: Buffer) => Promise<Decoded>;
};

/** Where some fields of a record batch stand. */
const [MAGIC_AT, ATTRIBUTES_AT, PRODUCER_AT] = [16, 21, 43];

interface Record {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: { [name: string]: Buffer };
}

interface Batch {
  readonly firstOffset: number;
  readonly attributes: number;
  readonly producerId: number;
  readonly records: readonly Record[];
}

interface Partition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[];
  readonly preferredReadReplica: number;
  readonly batches: readonly Batch[];
  /** Bytes that are missing at the end of the last batch. */
  readonly cut: number;
}

function batchBytes({ firstOffset, attributes, producerId, records }: Batch): Buffer {
  const topicData = [{ topic: '', partitions: [{ partition: 0, messages: records }] }];
  // Behind the request's fields, the topic's, the partition's and the size.
  const bytes = Buffer.from(encodeProduce({ acks: -1, timeout: 0, topicData }, 1_790_000_000_123)).subarray(
    26,
  );
  bytes.writeBigInt64BE(BigInt(firstOffset), 0);
  bytes.writeInt16BE(attributes, ATTRIBUTES_AT);
  bytes.writeBigInt64BE(BigInt(producerId), PRODUCER_AT);
  return bytes;
}

function response(topics: readonly { topic: string; partitions: readonly Partition[] }[]): Buffer {
  const writer = new RequestWriter();
  writer.int32(7);
  writer.int16(0);
  writer.int32(1_234_567);
  writer.int32(topics.length);
  const chunks: Buffer[] = [];
  const flush = (bytes: RequestWriter) => void chunks.push(Buffer.from(bytes.written()));
  flush(writer);
  for (const { topic, partitions } of topics) {
    const head = new RequestWriter();
    head.name(topic);
    head.int32(partitions.length);
    flush(head);
    for (const each of partitions) {
      const fields = new RequestWriter();
      fields.int32(each.partition);
      fields.int16(each.errorCode);
      for (const offset of [each.highWatermark, each.highWatermark, 0]) fields.int64(offset);
      fields.int32(each.aborted.length === 0 ? -1 : each.aborted.length);
      for (const { producerId, firstOffset } of each.aborted) {
        fields.int64(producerId);
        fields.int64(firstOffset);
      }
      fields.int32(each.preferredReadReplica);
      const batches = Buffer.concat(each.batches.map(batchBytes));
      // The first batch comes whole: kafkajs would stumble over one of which not even the format is there.
      const whole = each.batches.slice(0, 1).map(batchBytes);
      const records = batches.subarray(0, Math.max(whole[0]?.length ?? 0, batches.length - each.cut));
      fields.int32(records.length);
      flush(fields);
      chunks.push(records);
    }
  }
  return Buffer.concat(chunks);
}

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const offset = fc.nat({ max: 2 ** 31 }).map((n) => n * 1_000_003);
const record: fc.Arbitrary<Record> = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(fc.stringMatching(/^[a-zäöü_]{1,12}$/), bytes, { maxKeys: 3 }),
});
const batch: fc.Arbitrary<Batch> = fc.record({
  firstOffset: offset,
  // Stamped by the broker, transactional, control.
  attributes: fc.constantFrom(0, 0x8, 0x10, 0x30, 0x38),
  producerId: fc.constantFrom(-1, 0, 4_711),
  records: fc.array(record, { minLength: 1, maxLength: 5 }),
});
const partition: fc.Arbitrary<Partition> = fc.record({
  partition: fc.nat({ max: 64 }),
  errorCode: fc.constantFrom(0, 0, 0, 1, 6),
  highWatermark: offset,
  aborted: fc.array(fc.record({ producerId: fc.nat(), firstOffset: offset }), { maxLength: 2 }),
  preferredReadReplica: fc.constantFrom(-1, -1, 3),
  batches: fc.array(batch, { maxLength: 3 }),
  cut: fc.constantFrom(0, 0, 1, 30, 100),
});
const topics = fc.array(
  fc.record({
    topic: fc.string({ unit: 'binary', maxLength: 30 }),
    partitions: fc.array(partition, { maxLength: 4 }),
  }),
  { maxLength: 3 },
);

/** What kafkajs gives, but for the partitions that had nothing. */
async function byKafkajs(raw: Buffer): Promise<Decoded> {
  const decoded = await kafkajs.decode(raw);
  const responses = decoded.responses.map(({ topicName, partitions }) => ({
    topicName,
    partitions: partitions.filter(
      ({ errorCode, preferredReadReplica, messages }) =>
        errorCode !== 0 || preferredReadReplica !== -1 || messages.length > 0,
    ),
  }));
  return { ...decoded, responses };
}

const PLAIN: Batch = {
  firstOffset: 5,
  attributes: 0,
  producerId: -1,
  records: [{ key: null, value: Buffer.from('v'), headers: {} }],
};
const FULL: Partition = {
  partition: 0,
  errorCode: 0,
  highWatermark: 6,
  aborted: [],
  preferredReadReplica: -1,
  batches: [PLAIN],
  cut: 0,
};
const one = (change: Partial<Partition>) => response([{ topic: 't', partitions: [{ ...FULL, ...change }] }]);

test('reads what kafkajs reads, whatever a broker sends', async () => {
  await fc.assert(
    fc.asyncProperty(topics, async (given) => {
      const raw = response(given);
      expect(decodeFetch(raw)).toEqual(await byKafkajs(raw));
    }),
    { numRuns: 300 },
  );
});

test('leaves out partitions that had nothing, and nothing else', () => {
  const partitions = [
    { ...FULL, partition: 0, batches: [] },
    { ...FULL, partition: 1 },
    { ...FULL, partition: 2, batches: [], errorCode: 1 },
    { ...FULL, partition: 3, batches: [], preferredReadReplica: 2 },
  ];
  const decoded = decodeFetch(response([{ topic: 't', partitions }]));
  expect(decoded?.responses[0]?.partitions.map((each) => each.partition)).toEqual([1, 2, 3]);
});

test('gathers the values of a header that stands there several times', async () => {
  const headers = { ab: Buffer.from('1'), xb: Buffer.from('2'), yb: Buffer.from('3') };
  const raw = one({ batches: [{ ...PLAIN, records: [{ key: null, value: null, headers }] }] });
  for (const name of ['xb', 'yb']) raw.write('a', raw.indexOf(name));
  const [message] = decodeFetch(raw)?.responses[0]?.partitions[0]?.messages ?? [];
  expect(message?.headers).toEqual({ ab: ['1', '2', '3'].map((text) => Buffer.from(text)) });
  expect(decodeFetch(raw)).toEqual(await byKafkajs(raw));
});

test('reads the value of a header that has the name of what every object inherits', () => {
  const headers = { constructor: Buffer.from('x') };
  const raw = one({ batches: [{ ...PLAIN, records: [{ key: null, value: null, headers }] }] });
  const [message] = decodeFetch(raw)?.responses[0]?.partitions[0]?.messages ?? [];
  expect(message?.headers).toEqual({ constructor: Buffer.from('x') });
});

describe('leaves to kafkajs', () => {
  const changed = (change: (batch: Buffer) => void) => {
    const raw = one({});
    change(raw.subarray(raw.length - batchBytes(PLAIN).length));
    return raw;
  };

  test.each([
    ['what is compressed', changed((batch) => batch.writeInt16BE(1, ATTRIBUTES_AT))],
    ['an old format', changed((batch) => batch.writeInt8(1, MAGIC_AT))],
    ['an offset that JavaScript does not hold exactly', changed((batch) => batch.writeBigInt64BE(2n ** 60n))],
    ['a record whose length is not its own', changed((batch) => batch.writeInt8(batch.readInt8(61) + 2, 61))],
    [
      'a header that would be no property',
      (() => {
        const name = 'x'.repeat('__proto__'.length);
        const records = [{ key: null, value: null, headers: { [name]: Buffer.from('1') } }];
        const raw = one({ batches: [{ ...PLAIN, records }] });
        raw.write('__proto__', raw.indexOf(name));
        return raw;
      })(),
    ],
    ['a response that ends too soon', one({}).subarray(0, -1)],
  ])('%s', (_, raw) => {
    expect(decodeFetch(raw)).toBeUndefined();
  });
});
