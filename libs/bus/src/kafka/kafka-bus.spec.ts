import { createRequire } from 'node:module';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { describeKafka, until } from '@holdfast/testing';
import type { Bus, Delivery } from '../bus.js';
import { describeBusContract } from '../bus-contract.suite.js';
import {
  distinct,
  expectOrderWithinKeys,
  gather,
  Gate,
  numbered,
  numbers,
  PARTITIONS,
  uniqueName,
} from '../bus-samples.suite.js';
import type { BusLog } from '../bus-log.js';
import { CutNetwork } from './cut-network.suite.js';
import { KafkaBus } from './kafka-bus.js';
import type { KafkaConnection } from './kafka-client.js';
import { createTopics, missingTopics, withAdmin } from './kafka-topics.js';

const SESSION_TIMEOUT_MS = 2_000;
const { prototype: runner } = createRequire(import.meta.url)('kafkajs/src/consumer/runner.js') as {
  prototype: { fetch: () => Promise<unknown[]> };
};

describeKafka('KafkaBus', (addresses) => {
  const connection: KafkaConnection = {
    brokers: addresses.split(','),
    clientId: 'spec',
    log: () => undefined,
  };
  const networks = new Map<Bus, CutNetwork>();
  const buses: Bus[] = [];
  const crashed: Promise<void>[] = [];

  function connectedBus(log: BusLog = connection.log): KafkaBus {
    const network = new CutNetwork();
    const options = { ...connection, log, sessionTimeoutMs: SESSION_TIMEOUT_MS };
    const bus = new KafkaBus({ ...options, connectSocket: network.connectSocket });
    networks.set(bus, network);
    return bus;
  }

  function newBus(log?: BusLog): KafkaBus {
    const bus = connectedBus(log);
    buses.push(bus);
    return bus;
  }

  async function create(...topics: string[]): Promise<void> {
    const settings = { partitions: PARTITIONS, retentionMs: 3_600_000, replicationFactor: 1 };
    await createTopics(
      connection,
      topics.map((topic) => ({ topic, ...settings })),
    );
  }

  async function newTopic(): Promise<string> {
    const topic = uniqueName('topic');
    await create(topic, `${topic}.dlq`);
    return topic;
  }

  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
  });

  describeBusContract(async () => ({
    bus: () => connectedBus(),
    crash: (bus) => {
      networks.get(bus)?.cut();
      // Only so that it stops trying to connect: it reaches nobody any more.
      crashed.push(bus.close());
    },
    topic: newTopic,
    stop: async () => void (await Promise.all(crashed)),
  }));

  test('a consumer that kafkajs gives up is made afresh, and is not ready until then', async () => {
    const topic = await newTopic();
    const bus = newBus();
    const arrived: Delivery<number>[] = [];
    const subscription = await bus.subscribe(numbers(topic, async (batch) => void arrived.push(...batch)));
    await bus.publish(numbered(topic, 30));
    const fetch = jest.spyOn(runner, 'fetch').mockRejectedValueOnce(new TypeError('kafkajs is confused'));
    try {
      await until(() => !subscription.ready(), { what: 'the consumer to end', intervalMs: 1 });
      await bus.publish(numbered(topic, 30, 30));
      await until(() => subscription.ready(), { what: 'another consumer' });
      await until(() => distinct(arrived) === 60, { what: 'all messages' });
    } finally {
      fetch.mockRestore();
    }
    expectOrderWithinKeys(arrived);
    expect(subscription.assignment()).toHaveLength(PARTITIONS);
  });

  test('a consumer that hears nothing any more is made afresh, though kafkajs still waits', async () => {
    const topic = await newTopic();
    const told: string[] = [];
    const bus = newBus((_level, _message, details) => void told.push(String(details?.['error'])));
    const arrived: Delivery<number>[] = [];
    const subscription = await bus.subscribe(numbers(topic, async (batch) => void arrived.push(...batch)));
    networks.get(bus)?.freeze();
    const now = performance.now.bind(performance);
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + 61_000);
    try {
      await until(() => told.includes('Error: No heartbeat for 60000 ms'), {
        what: 'the consumer to be given up',
      });
    } finally {
      clock.mockRestore();
      networks.get(bus)?.mend();
    }
    await newBus().publish(numbered(topic, 30));
    await until(() => subscription.ready() && distinct(arrived) === 30, { what: 'all messages' });
  });

  test('a bus can be closed while its brokers are out of reach', async () => {
    const bus = newBus();
    networks.get(bus)?.cut();
    const subscribing = bus.subscribe(numbers(await newTopic(), async () => undefined));
    const closed = bus.close();
    await expect(subscribing).rejects.toThrow('closed');
    await closed;
  });

  test('everything goes on by itself when the brokers were out of reach', async () => {
    const topic = await newTopic();
    const bus = newBus();
    const network = networks.get(bus);
    const arrived: Delivery<number>[] = [];
    const subscription = await bus.subscribe(numbers(topic, async (batch) => void arrived.push(...batch)));
    await bus.publish(numbered(topic, 30));
    network?.cut();
    const publishing = bus.publish(numbered(topic, 30, 30));
    await until(() => !subscription.ready(), { what: 'the subscription to notice' });
    network?.mend();
    await publishing;
    await bus.publish(numbered(topic, 30, 60));
    await until(() => subscription.ready() && distinct(arrived) === 90, { what: 'all messages' });
    expectOrderWithinKeys(arrived);
  });

  test('it can publish until its brokers go away, and again once they are back, but not once it is closed', async () => {
    const topic = await newTopic();
    const bus = newBus();
    expect(await bus.canPublish()).toBe(true);
    await bus.publish(numbered(topic, 1));
    networks.get(bus)?.cut();
    const publishing = bus.publish(numbered(topic, 1, 1));
    await until(async () => !(await bus.canPublish()), { what: 'it to notice' });
    networks.get(bus)?.mend();
    await publishing;
    expect(await bus.canPublish()).toBe(true);
    await bus.close();
    expect(await bus.canPublish()).toBe(false);
  });

  test('a partition whose dead letters can not be written waits, and the others go on', async () => {
    const topic = uniqueName('topic');
    await create(topic);
    const bus = newBus();
    const arrived: Delivery<number>[] = [];
    await bus.subscribe(numbers(topic, async (batch) => void arrived.push(...batch)));
    const message = { topic, key: null, headers: {} };
    await bus.publish([{ ...message, partition: 0, value: 'garbage' }]);
    await bus.publish([
      { ...message, partition: 1, value: '1' },
      { ...message, partition: 2, value: '2' },
    ]);
    await until(() => distinct(arrived) === 2, { what: 'the other partitions' });
    await bus.publish([
      { ...message, partition: 0, value: '3' },
      { ...message, partition: 1, value: '4' },
    ]);
    await until(() => distinct(arrived) === 3, { what: 'the other partitions to go on' });
    expect(arrived.map(({ body }) => body)).not.toContain(3);
    await create(`${topic}.dlq`);
    const letters = await gather(bus, `${topic}.dlq`);
    await until(() => distinct(arrived) === 4 && letters.length === 1, { what: 'the waiting partition' });
  });

  test('a handler that takes longer than the session keeps its partitions', async () => {
    const topic = await newTopic();
    const bus = newBus();
    const gate = new Gate();
    const batches: number[] = [];
    const subscription = await bus.subscribe(
      numbers(topic, async (batch) => {
        batches.push(batch.length);
        await gate.opened;
      }),
    );
    await bus.publish(numbered(topic, 1));
    const endsAt = performance.now() + 1.5 * SESSION_TIMEOUT_MS;
    await until(() => expect(subscription.ready()).toBe(true) ?? performance.now() > endsAt, {
      what: 'a while',
    });
    gate.open();
    await bus.publish(numbered(topic, 1, 1));
    await until(() => batches.length === 2, { what: 'the next batch' });
    expect(batches).toEqual([1, 1]);
  });

  test('a message for a missing topic fails its call, not its neighbours', async () => {
    const topic = await newTopic();
    const missing = uniqueName('missing');
    const bus = newBus();
    const arrived: Delivery<number>[] = [];
    await bus.subscribe(numbers(topic, async (batch) => void arrived.push(...batch)));
    const mixed = bus.publish([...numbered(topic, 10), ...numbered(missing, 1), ...numbered(topic, 10, 10)]);
    await Promise.all([
      expect(mixed).rejects.toThrow(`There is no topic ${missing}`),
      bus.publish(numbered(topic, 10, 20)),
    ]);
    await until(() => distinct(arrived) === 30, { what: 'all others' });
    expectOrderWithinKeys(arrived);
  });

  test('a subscription of a missing topic is refused', async () => {
    const missing = uniqueName('missing');
    const subscribing = newBus().subscribe(numbers(missing, async () => undefined));
    await expect(subscribing).rejects.toThrow(`There is no topic ${missing}`);
  });

  test('a message beyond 3 MiB is refused before it is sent', async () => {
    const topic = await newTopic();
    const message = { topic, key: 'a', headers: {}, value: 'x'.repeat(3 * 1024 * 1024) };
    await expect(newBus().publish([message])).rejects.toThrow(/beyond the limit/);
  });

  describe('topics', () => {
    test('are created once, and those that exist stay as they are', async () => {
      const topic = { topic: uniqueName('topic'), partitions: 2, retentionMs: -1, replicationFactor: 1 };
      expect(await missingTopics(connection, [topic.topic])).toEqual([topic.topic]);
      expect(await createTopics(connection, [topic])).toEqual([topic.topic]);
      expect(await createTopics(connection, [{ ...topic, partitions: 5 }])).toEqual([]);
      expect(await missingTopics(connection, [topic.topic, 'no-such-topic'])).toEqual(['no-such-topic']);
    });

    test('can be used at once: what is published is written once', async () => {
      const partitions = 30;
      const topic = uniqueName('topic');
      const bus = newBus();
      expect(await bus.canPublish()).toBe(true);
      await createTopics(connection, [{ topic, partitions, retentionMs: -1, replicationFactor: 1 }]);
      const message = { topic, key: null, headers: {}, value: '' };
      await bus.publish(Array.from({ length: partitions }, (_, partition) => ({ ...message, partition })));
      const ends = await withAdmin(connection, (admin) => admin.fetchTopicOffsets(topic));
      expect(new Set(ends.map(({ high }) => high))).toEqual(new Set(['1']));
    });

    test('are refused at once if the brokers never will', async () => {
      const topic = { topic: uniqueName('topic'), partitions: 2, retentionMs: -1, replicationFactor: 7 };
      await expect(createTopics(connection, [topic])).rejects.toThrow();
    });

    test('may be created by several at once', async () => {
      const topic = { topic: uniqueName('topic'), partitions: 2, retentionMs: -1, replicationFactor: 1 };
      await Promise.all([1, 2, 3].map(() => createTopics(connection, [topic])));
      expect(await missingTopics(connection, [topic.topic])).toEqual([]);
    });
  });
});
