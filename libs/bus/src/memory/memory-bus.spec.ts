import { describe, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import type { Delivery } from '../bus.js';
import { describeBusContract } from '../bus-contract.suite.js';
import {
  distinct,
  expectOrderWithinKeys,
  numbered,
  numbers,
  PARTITIONS,
  uniqueName,
} from '../bus-samples.suite.js';
import type { FaultOptions } from './faults.js';
import { MemoryBroker } from './memory-broker.js';
import { MemoryBus } from './memory-bus.js';

describe('MemoryBus', () => {
  describeBusContract(async () => {
    const broker = new MemoryBroker({ partitions: PARTITIONS });
    return {
      bus: () => new MemoryBus(broker),
      crash: (bus) => (bus as MemoryBus).crash(),
      topic: async () => uniqueName('topic'),
      stop: async () => undefined,
    };
  });

  /** Sends 400 messages of 20 keys, in four calls, through a bus with these faults. */
  async function run(faults: FaultOptions): Promise<Delivery<number>[]> {
    const bus = new MemoryBus({ partitions: PARTITIONS, faults });
    const arrived: Delivery<number>[] = [];
    await bus.subscribe(numbers('topic', async (batch) => void arrived.push(...batch)));
    for (let call = 0; call < 4; call++) await bus.publish(numbered('topic', 100, call * 100, 20));
    await until(() => bus.broker.messages('topic').length === arrived.length && !bus.broker.holdsBack(), {
      what: 'everything that comes',
    });
    await bus.close();
    return arrived;
  }
  const places = (arrived: readonly Delivery<number>[]) =>
    arrived.map(({ message, body }) => `${message.partition}/${message.offset}=${body}`).sort();
  const isSorted = (bodies: readonly number[]) =>
    bodies.every((body, at) => at === 0 || body > (bodies[at - 1] ?? 0));

  test('faults: a seed replays a run, another one is another', async () => {
    const faults = { duplicate: 0.2, reorder: 0.2, lose: 0.1 };
    const [first, again, other] = await Promise.all([1, 1, 2].map((seed) => run({ seed, ...faults })));
    expect(places(again ?? [])).toEqual(places(first ?? []));
    expect(places(other ?? [])).not.toEqual(places(first ?? []));
  });

  test('faults: duplicates come later, nothing is lost', async () => {
    const arrived = await run({ seed: 3, duplicate: 0.2 });
    expect(distinct(arrived)).toBe(400);
    expect(arrived.length).toBeGreaterThan(440);
    expect(arrived.length).toBeLessThan(520);
    expectOrderWithinKeys(arrived);
  });

  test('faults: reordering keeps the order within keys', async () => {
    const arrived = await run({ seed: 4, reorder: 0.3 });
    expect(arrived).toHaveLength(400);
    expectOrderWithinKeys(arrived);
    const first = arrived.filter(({ message }) => message.partition === 0).map(({ body }) => body);
    expect(isSorted(first)).toBe(false);
  });

  test('faults: reordering within keys, where a test asks for it', async () => {
    const arrived = await run({ seed: 5, reorder: 0.3, reorderWithinKey: true });
    expect(arrived).toHaveLength(400);
    expect(() => expectOrderWithinKeys(arrived)).toThrow();
  });

  test('faults: losses, where a test asks for them', async () => {
    const arrived = await run({ seed: 6, lose: 0.1 });
    expect(arrived.length).toBeGreaterThan(330);
    expect(arrived.length).toBeLessThan(390);
  });

  test('keeps the newest messages of a topic and drops old ones that everybody has read', async () => {
    const bus = new MemoryBus({ partitions: 1 });
    let handled = 0;
    await bus.subscribe(numbers('read', async (batch) => void (handled += batch.length)));
    for (let call = 0; call < 30; call++) {
      await bus.publish(numbered('read', 1_000, call * 1_000));
      await bus.publish(numbered('unread', 1_000, call * 1_000));
      await until(() => handled === (call + 1) * 1_000, { what: 'the handler', intervalMs: 1 });
    }
    for (const topic of ['read', 'unread']) {
      expect(bus.broker.messages(topic).length).toBeLessThanOrEqual(20_000);
      expect(bus.broker.messages(topic).at(-1)?.value).toEqual(Buffer.from('29999'));
    }
    await bus.close();
  });
});
