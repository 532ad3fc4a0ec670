import { NAME_LENGTH_MAX } from './limits.js';
import { deadLetterTopic, topics } from './topics.js';

test('topics are named by their prefix', () => {
  const names = topics();
  expect([names.command('stock'), names.reply, names.event]).toEqual([
    'holdfast.cmd.stock',
    'holdfast.reply',
    'holdfast.event',
  ]);
  expect(topics('blue').command('stock')).toBe('blue.cmd.stock');
  expect(deadLetterTopic(names.reply)).toBe('holdfast.reply.dlq');
});

test("the longest name of all is shorter than Kafka's limit", () => {
  expect(deadLetterTopic(topics().command('x'.repeat(NAME_LENGTH_MAX))).length).toBeLessThan(249);
});
