import { expect, test } from '@jest/globals';
import { PackPartitions } from './pack-partitions.js';

const COUNT = 3;
const request = (partitions: PackPartitions, messages: number, topic = 't') => {
  partitions.turn();
  return Array.from({ length: messages }, () => partitions.next(topic, COUNT));
};

test('a request fills one partition, and the next request another, in turn', () => {
  const partitions = new PackPartitions();
  const chosen = [1, 2, 3, 4].map(() => new Set(request(partitions, 50)));
  expect(chosen.map(({ size }) => size)).toEqual([1, 1, 1, 1]);
  const [first, second, third, fourth] = chosen.map(([partition]) => partition);
  expect(new Set([first, second, third])).toEqual(new Set([0, 1, 2]));
  expect(fourth).toBe(first);
});

test('a big request is spread: 200 go together, the next is for another partition', () => {
  const chosen = request(new PackPartitions(), 401);
  expect(new Set(chosen.slice(0, 200)).size).toBe(1);
  expect(chosen[200]).toBe(((chosen[0] as number) + 1) % COUNT);
  expect(chosen[400]).toBe(((chosen[0] as number) + 2) % COUNT);
});

test('topics are filled each by itself', () => {
  const partitions = new PackPartitions();
  const [first] = request(partitions, 200);
  expect(partitions.next('t', COUNT)).not.toBe(first);
  expect(partitions.next('another', COUNT)).toBe(first);
});
