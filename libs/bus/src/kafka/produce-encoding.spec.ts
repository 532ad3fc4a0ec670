import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { encodeProduce } from './produce-encoding.js';

type Encode = (options: unknown) => { encode: () => Promise<{ buffer: Buffer }> };
const kafkajs = createRequire(import.meta.url)(
  'kafkajs/src/protocol/requests/produce/v7/request.js',
) as Encode;
const NOW = 1_790_000_000_123;

beforeEach(() => void jest.spyOn(Date, 'now').mockReturnValue(NOW));
afterEach(() => void jest.restoreAllMocks());

async function expectSame(topicData: Parameters<typeof encodeProduce>[0]['topicData']): Promise<void> {
  const options = { acks: -1, timeout: 30_000, topicData };
  const expected = await kafkajs({ ...options, producerId: -1, producerEpoch: 0 }).encode();
  expect(encodeProduce(options, NOW).equals(expected.buffer)).toBe(true);
}

test('writes what kafkajs writes, byte for byte', async () => {
  const messages = Array.from({ length: 300 }, (_, index) => ({
    key: index % 7 === 0 ? null : `key-${index}`,
    value:
      index % 11 === 0
        ? null
        : index % 3 === 0
          ? randomBytes(index)
          : '{"text":"Grüße \u{1f600}"}'.repeat(index % 9),
    headers: { ce_type: 'holdfast.command', ü: 'ö'.repeat(index), empty: '' },
  }));
  await expectSame([
    { topic: 'first', partitions: [{ partition: 0, messages: messages.slice(0, 100) }] },
    {
      topic: 'sécond',
      partitions: [
        { partition: 11, messages: messages.slice(100) },
        { partition: 2, messages: [{ value: 'neither key nor headers' }] },
      ],
    },
  ]);
});

test('writes lengths at the edges of their number of bytes', async () => {
  for (const length of [0, 1, 63, 64, 8_191, 8_192, 16_300, 16_384, 1_048_575, 1_048_576]) {
    const messages = [{ key: 'a', value: 'x'.repeat(length), headers: { name: 'x'.repeat(length) } }];
    await expectSame([{ topic: 't', partitions: [{ partition: 0, messages }] }]);
  }
});
