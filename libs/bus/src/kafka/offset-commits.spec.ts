import { expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { Gate } from '../bus-samples.suite.js';
import { OffsetCommits, type TopicPartitionOffset } from './offset-commits.js';

const at = (partition: number, offset: string): TopicPartitionOffset => ({ topic: 't', partition, offset });

test('one request for what is added in one turn, and one for all that comes during it', async () => {
  const gate = new Gate();
  const requests: TopicPartitionOffset[][] = [];
  const commits = new OffsetCommits(
    async (offsets) => {
      requests.push(offsets);
      await gate.opened;
    },
    () => undefined,
  );
  commits.add(at(0, '1'));
  commits.add(at(1, '1'));
  await Promise.resolve();
  for (const offset of ['2', '3', '4']) commits.add(at(1, offset));
  gate.open();
  await commits.flush();
  expect(requests).toEqual([[at(0, '1'), at(1, '1')], [at(1, '4')]]);
});

test('a busy consumer commits now and then, and at once when it flushes', async () => {
  const requests: TopicPartitionOffset[][] = [];
  const commits = new OffsetCommits(
    async (offsets) => void requests.push(offsets),
    () => undefined,
  );
  commits.add(at(0, '1'));
  await until(() => requests.length === 1, { what: 'the first commit', intervalMs: 1 });
  for (const offset of ['2', '3']) commits.add(at(0, offset));
  expect(requests).toHaveLength(1);
  await commits.flush();
  expect(requests).toEqual([[at(0, '1')], [at(0, '3')]]);
  commits.add(at(0, '4'));
  commits.forget();
  await commits.flush();
  expect(requests).toHaveLength(2);
});

test('one that fails is told and left out', async () => {
  const told: string[] = [];
  let failing = true;
  const commits = new OffsetCommits(
    async () => {
      if (failing) throw new Error('no coordinator');
    },
    (_level, message) => void told.push(message),
  );
  commits.add(at(0, '1'));
  await commits.flush();
  failing = false;
  commits.add(at(0, '2'));
  await commits.flush();
  expect(told).toHaveLength(1);
});
