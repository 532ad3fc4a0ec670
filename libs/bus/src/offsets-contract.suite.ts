import { describe, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { PositionGone } from './bus.js';
import type { Bus, IncomingMessage } from './bus.js';
import { numbered, numbers, uniqueName } from './bus-samples.suite.js';

/** The part of the contract that is about who reads: how far groups are behind, who is in them, and reading along. */
export function describeOffsetsContract(under: () => { topic(): Promise<string> }, newBus: () => Bus): void {
  describe('lag', () => {
    test('is what a group has not committed, all that is kept for nobody, and none of no topic', async () => {
      const topic = await under().topic();
      const bus = newBus();
      const group = uniqueName('lag');
      const readers = [
        { group, topic },
        { group: null, topic },
        { group: uniqueName('never'), topic },
        { group, topic: uniqueName('no-topic') },
      ];
      expect(await bus.lag(readers)).toEqual([0, 0, 0, 0]);
      await bus.publish(numbered(topic, 20));
      expect(await bus.lag(readers)).toEqual([20, 20, 20, 0]);
      const subscription = await bus.subscribe({ ...numbers(topic, async () => undefined), group });
      await until(async () => (await bus.lag(readers))[0] === 0, { what: 'the commit' });
      await subscription.close();
      await bus.publish(numbered(topic, 5, 20));
      expect(await bus.lag(readers)).toEqual([5, 25, 25, 0]);
    });
  });

  test('consumers: how many a group has now, none of one that never was', async () => {
    const topic = await under().topic();
    const bus = newBus();
    const groups = [uniqueName('never'), uniqueName('group')];
    expect(await bus.consumers(groups)).toEqual([0, 0]);
    const subscription = await bus.subscribe({
      ...numbers(topic, async () => undefined),
      group: groups[1] as string,
    });
    expect(await bus.consumers(groups)).toEqual([0, 1]);
    await subscription.close();
    await until(async () => (await bus.consumers(groups))[1] === 0, { what: 'it to leave' });
  });

  describe('a tail', () => {
    const note = (into: IncomingMessage[]) => ({
      handle: (messages: readonly IncomingMessage[]) => void into.push(...messages),
      lost: () => undefined,
    });
    const textsOf = (messages: readonly IncomingMessage[]) =>
      messages.map(({ value }) => String(value)).sort();

    test('reads along from the end, and goes on where another was', async () => {
      const topic = await under().topic();
      const bus = newBus();
      const publish = (...values: string[]) =>
        bus.publish(values.map((value) => ({ topic, key: value, headers: {}, value })));
      await publish('a', 'b', 'c');
      const first: IncomingMessage[] = [];
      const tail = await bus.tail({ topic, ...note(first) });
      await publish('d', 'e');
      await until(() => first.length === 2, { what: 'what came since' });
      await tail.close();
      await publish('f', 'g');
      const second: IncomingMessage[] = [];
      const again = await newBus().tail({ topic, from: tail.start, ...note(second) });
      expect(again.start).toEqual(tail.start);
      await until(() => second.length === 4, { what: 'what came since, again' });
      expect([textsOf(first), textsOf(second)]).toEqual([
        ['d', 'e'],
        ['d', 'e', 'f', 'g'],
      ]);
    });

    test('does not begin where the topic has never been', async () => {
      const topic = await under().topic();
      const tail = newBus().tail({ topic, from: new Map([[0, 7n]]), ...note([]) });
      await expect(tail).rejects.toThrow(PositionGone);
    });
  });
}
