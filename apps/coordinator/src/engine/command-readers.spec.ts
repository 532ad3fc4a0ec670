import { expect, test } from '@jest/globals';
import { topics } from '@holdfast/protocol';
import type { ReadersFound } from '@holdfast/store';
import { CommandReaders } from './command-readers.js';

const names = topics();

/** Readers over a bus that answers so, with what the watch was told. */
function readersOver(consumers: (groups: readonly string[]) => Promise<number[]>) {
  const told: ReadersFound[] = [];
  const watch = { noteReaders: async (found: readonly ReadersFound[]) => void told.push(...found) };
  return { readers: new CommandReaders({ consumers }, names, () => ['stock'], watch), told };
}

test('it asks for all that have announced themselves and whom it was asked about, and not again at once', async () => {
  const asked: (readonly string[])[] = [];
  const { readers, told } = readersOver(async (groups) => {
    asked.push(groups);
    return groups.map((group) => (group === names.commandGroup('bank') ? 0 : 2));
  });
  await readers.look(['bank']);
  await readers.look(['bank', 'stock']);
  expect(asked).toEqual([[names.commandGroup('bank'), names.commandGroup('stock')]]);
  expect(told).toEqual([
    { name: 'bank', isRead: false },
    { name: 'stock', isRead: true },
  ]);
  await readers.look(['coupon']);
  expect(asked).toHaveLength(2);
});

test('a Kafka that does not answer holds nobody up for long, and is asked once at a time', async () => {
  let asked = 0;
  const { readers, told } = readersOver(() => {
    asked += 1;
    return new Promise(() => undefined);
  });
  const startedAt = performance.now();
  await Promise.all([readers.look(), readers.look(['bank'])]);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect([asked, told]).toEqual([1, []]);
});

test('one that is away changes nothing', async () => {
  const { readers, told } = readersOver(() => Promise.reject(new Error('away')));
  await readers.look();
  expect(told).toEqual([]);
});
