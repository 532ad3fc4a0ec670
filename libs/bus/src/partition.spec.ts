import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Partitioners } from 'kafkajs';
import { partitionOf } from './partition.js';

const COUNT = 12;
const partitionMetadata = Array.from({ length: COUNT }, (_, partitionId) => ({
  partitionErrorCode: 0,
  partitionId,
  leader: 1,
  replicas: [1],
  isr: [1],
}));

test('a key has the partition that kafkajs and the Java client give it', () => {
  const kafkajs = Partitioners.DefaultPartitioner();
  const keys = Array.from({ length: 2_000 }, (_, index) => randomBytes(index % 40).toString('latin1'));
  for (const key of ['', 'ü', '\u{1f600}', ...keys]) {
    const expected = kafkajs({ topic: 't', partitionMetadata, message: { key, value: null } });
    expect(partitionOf({ key }, COUNT)).toBe(expected);
  }
});
