import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import type { Bus, Delivery } from './bus.js';
import {
  distinct,
  expectOrderWithinKeys,
  gather,
  Gate,
  numbered,
  numbers,
  PARTITIONS,
  uniqueName,
} from './bus-samples.suite.js';
import { DEAD_LETTER_HEADERS } from './dead-letter.js';
import { describeOffsetsContract } from './offsets-contract.suite.js';

/** What an adapter brings to be tested. */
export interface BusUnderTest {
  /** A bus as another process would have one, on the same broker. */
  bus(): Bus;
  /** Ends a bus as SIGKILL ends its process. */
  crash(bus: Bus): void;
  /** Makes a topic of three partitions, and its dead letters, that nobody else uses. */
  topic(): Promise<string>;
  stop(): Promise<void>;
}

const MIB = 1024 * 1024;

/** Every adapter of the bus passes this suite. */
export function describeBusContract(start: () => Promise<BusUnderTest>): void {
  let under: BusUnderTest;
  const buses: Bus[] = [];

  function newBus(): Bus {
    const bus = under.bus();
    buses.push(bus);
    return bus;
  }

  beforeAll(async () => {
    under = await start();
  });
  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
  });
  afterAll(() => under.stop());

  describe('messages', () => {
    test('arrive as they were sent', async () => {
      const topic = await under.topic();
      const bus = newBus();
      const arrived = await gather(bus, topic);
      const bytes = Buffer.from([0, 255, 128, 10]);
      await bus.publish([
        { topic, key: 'a', headers: { ce_type: 'x', text: 'Grüße' }, value: '{"a":"ü"}' },
        { topic, key: 'a', headers: {}, value: bytes },
        { topic, key: 'a', headers: {}, value: null },
      ]);
      await until(() => arrived.length === 3, { what: 'three messages' });
      expect(arrived.map(({ key }) => key)).toEqual(['a', 'a', 'a']);
      expect(arrived[0]?.headers).toEqual({ ce_type: 'x', text: 'Grüße' });
      expect(arrived.map(({ value }) => value)).toEqual([Buffer.from('{"a":"ü"}'), bytes, null]);
      expect(arrived.map(({ offset }) => offset)).toEqual(['0', '1', '2']);
    });

    test('of one key keep their order', async () => {
      const topic = await under.topic();
      const bus = newBus();
      const arrived: Delivery<number>[] = [];
      await bus.subscribe(numbers(topic, async (batch) => void arrived.push(...batch)));
      const calls = Array.from({ length: 30 }, (_, call) => bus.publish(numbered(topic, 20, call * 20)));
      await Promise.all(calls);
      await until(() => distinct(arrived) === 600, { what: 'all messages' });
      expectOrderWithinKeys(arrived);
      expect(new Set(arrived.map(({ message }) => message.partition)).size).toBe(PARTITIONS);
    });

    test('go to the partition they name, and to that of their key if there is no such', async () => {
      const topic = await under.topic();
      const bus = newBus();
      const arrived = await gather(bus, topic);
      const message = { topic, key: 'a', headers: {}, value: null };
      await bus.publish([message]);
      for (const partition of [0, 1, 2, 3, -1, 0.5]) await bus.publish([{ ...message, partition }]);
      await until(() => arrived.length === 7, { what: 'seven messages' });
      const count = (partition: number) => arrived.filter((one) => one.partition === partition).length;
      expect([0, 1, 2].map(count).sort()).toEqual([1, 1, 5]);
    });

    test('may have a body of 1.5 MiB', async () => {
      const topic = await under.topic();
      const bus = newBus();
      const arrived = await gather(bus, topic);
      const body = 'x'.repeat(1.5 * MIB);
      const message = { topic, key: 'a', headers: {}, value: body };
      await Promise.all([
        bus.publish([message, message]),
        bus.publish(numbered(topic, 50)),
        bus.publish([message]),
      ]);
      await until(() => arrived.length === 53, { what: 'all messages' });
      expect(arrived.filter(({ value }) => value?.length === body.length)).toHaveLength(3);
    });

    test('reach every group', async () => {
      const topic = await under.topic();
      const [first, second] = [newBus(), newBus()];
      const gathered = await Promise.all([gather(first, topic), gather(first, topic), gather(second, topic)]);
      await first.publish(numbered(topic, 30));
      await until(() => gathered.every(({ length }) => length >= 30), { what: 'all messages in each group' });
      expect(gathered.map(({ length }) => length)).toEqual([30, 30, 30]);
    });
  });

  describe('a handler', () => {
    test('runs once at a time, and what arrives meanwhile is one batch from all partitions', async () => {
      const topic = await under.topic();
      const bus = newBus();
      const gate = new Gate();
      const batches: number[] = [];
      let running = 0;
      await bus.subscribe(
        numbers(topic, async (batch) => {
          expect(++running).toBe(1);
          batches.push(batch.length);
          await (batches.length === 1 ? gate.opened : turn());
          running--;
        }),
      );
      await bus.publish(numbered(topic, 1));
      await until(() => batches.length === 1, { what: 'the first batch' });
      for (let call = 0; call < 10; call++) await bus.publish(numbered(topic, 30, call * 30));
      gate.open();
      await until(() => batches.length === 2, { what: 'the second batch' });
      expect(batches).toEqual([1, 300]);
    });

    test('gets no more than it asked for', async () => {
      const topic = await under.topic();
      const bus = newBus();
      await bus.publish(numbered(topic, 100));
      const arrived: Delivery<number>[] = [];
      const sizes: number[] = [];
      await bus.subscribe({
        ...numbers(topic, async (batch) => {
          sizes.push(batch.length);
          arrived.push(...batch);
        }),
        batchSizeMax: 7,
      });
      await until(() => distinct(arrived) === 100, { what: 'all messages' });
      expect(Math.max(...sizes)).toBe(7);
      expectOrderWithinKeys(arrived);
    });

    test('that rejects gets the batch again, with nothing lost and order kept', async () => {
      const topic = await under.topic();
      const bus = newBus();
      const arrived: Delivery<number>[] = [];
      let attempts = 0;
      let isAway = true;
      const subscription = await bus.subscribe(
        numbers(topic, async (batch) => {
          attempts++;
          if (isAway) throw new Error('the database is away');
          arrived.push(...batch);
        }),
      );
      await bus.publish(numbered(topic, 40));
      await until(() => attempts >= 3, { what: 'three attempts' });
      await bus.publish(numbered(topic, 40, 40));
      expect(arrived).toEqual([]);
      expect(subscription.ready()).toBe(true);
      isAway = false;
      await until(() => distinct(arrived) === 80, { what: 'all messages' });
      expectOrderWithinKeys(arrived);
    });
  });

  describe('what can not be decoded', () => {
    test('goes to the dead letters with its reason while the rest goes on', async () => {
      const topic = await under.topic();
      const bus = newBus();
      const arrived: Delivery<number>[] = [];
      const letters = await gather(bus, `${topic}.dlq`);
      await bus.subscribe(numbers(topic, async (batch) => void arrived.push(...batch)));
      const poison = { topic, key: 'key-0', headers: { ce_id: '7' }, value: 'garbage' };
      await bus.publish([...numbered(topic, 20), poison, ...numbered(topic, 20, 20)]);
      await until(() => distinct(arrived) === 40 && letters.length > 0, { what: 'messages and dead letter' });
      expectOrderWithinKeys(arrived);
      const [letter] = letters;
      const origin = arrived.find(({ message }) => message.key === 'key-0')?.message;
      expect(letter).toMatchObject({
        key: 'key-0',
        value: Buffer.from('garbage'),
        headers: {
          ce_id: '7',
          [DEAD_LETTER_HEADERS.topic]: topic,
          [DEAD_LETTER_HEADERS.partition]: String(origin?.partition),
          [DEAD_LETTER_HEADERS.reason]: 'garbage is no number',
        },
      });
      expect(Number(letter?.headers[DEAD_LETTER_HEADERS.offset])).toBeGreaterThan(0);
    });

    test('is passed for good, and its reason is cut', async () => {
      const topic = await under.topic();
      const group = uniqueName('group');
      const bus = newBus();
      const arrived: Delivery<number>[] = [];
      const letters = await gather(bus, `${topic}.dlq`);
      const first = await bus.subscribe(numbers(topic, async (batch) => void arrived.push(...batch), group));
      await bus.publish([{ topic, key: null, headers: {}, value: 'x'.repeat(5_000) }]);
      await until(() => letters.length === 1, { what: 'the dead letter' });
      await first.close();
      await bus.subscribe(numbers(topic, async (batch) => void arrived.push(...batch), group));
      await bus.publish(numbered(topic, 30));
      await until(() => distinct(arrived) === 30, { what: 'the other messages' });
      expect(letters).toHaveLength(1);
      expect(letters[0]?.key).toBeNull();
      expect(letters[0]?.headers[DEAD_LETTER_HEADERS.reason]).toHaveLength(1024);
    });

    test('hurts none of those it may share a record with', async () => {
      const topic = await under.topic();
      const bus = newBus();
      const arrived: Delivery<number>[] = [];
      const letters = await gather(bus, `${topic}.dlq`);
      await bus.subscribe(numbers(topic, async (batch) => void arrived.push(...batch)));
      const headers = { ce_type: 'x' };
      const sharing = (count: number, from: number) =>
        numbered(topic, count, from).map((message) => ({ ...message, headers, packs: true }));
      // The first call goes by itself: how many partitions there are is not known before.
      await bus.publish(sharing(1, 0));
      const poison = { topic, key: 'key-0', headers, value: 'garbage', packs: true };
      await bus.publish([...sharing(200, 1), poison, ...sharing(200, 201)]);
      await until(() => distinct(arrived) === 401 && letters.length > 0, {
        what: 'messages and dead letter',
      });
      expect(
        arrived.every(({ message }) => JSON.stringify(message.headers) === JSON.stringify(headers)),
      ).toBe(true);
      expect(letters[0]).toMatchObject({ key: 'key-0', value: Buffer.from('garbage'), headers });
    });

    test('may also be what the handler says', async () => {
      const topic = await under.topic();
      const bus = newBus();
      const letters = await gather(bus, `${topic}.dlq`);
      await bus.subscribe(
        numbers(topic, async (batch) => {
          for (const { message } of batch) await bus.deadLetter(message, 'too old');
        }),
      );
      await bus.publish(numbered(topic, 1));
      await until(() => letters.length > 0, { what: 'the dead letter' });
      expect(letters[0]?.headers).toMatchObject({ [DEAD_LETTER_HEADERS.reason]: 'too old' });
    });
  });

  describe('a consumer', () => {
    test('that crashes before its commit leaves its messages to the next', async () => {
      const topic = await under.topic();
      const group = uniqueName('group');
      const crashing = newBus();
      const gate = new Gate();
      const arrived: Delivery<number>[] = [];
      let taken = 0;
      await crashing.subscribe(
        numbers(
          topic,
          async (batch) => {
            taken += batch.length;
            await gate.opened;
          },
          group,
        ),
      );
      await crashing.publish(numbered(topic, 30));
      await until(() => taken > 0, { what: 'a batch at work' });
      buses.splice(buses.indexOf(crashing), 1);
      under.crash(crashing);
      await newBus().subscribe(numbers(topic, async (batch) => void arrived.push(...batch), group));
      await until(() => distinct(arrived) === 30, { what: 'all messages' });
      expectOrderWithinKeys(arrived);
      gate.open();
    });

    test('that closes lets its batch end, publish and commit, and takes no more', async () => {
      const topic = await under.topic();
      const answers = await under.topic();
      const group = uniqueName('group');
      const bus = newBus();
      const gate = new Gate();
      const arrived: Delivery<number>[] = [];
      const answered = await gather(newBus(), answers);
      await bus.subscribe(
        numbers(
          topic,
          async (batch) => {
            arrived.push(...batch);
            await gate.opened;
            await bus.publish(
              batch.map(({ body }) => ({ topic: answers, key: 'a', headers: {}, value: String(body) })),
            );
          },
          group,
        ),
      );
      await bus.publish(numbered(topic, 10));
      await until(() => arrived.length > 0, { what: 'a batch at work' });
      const count = arrived.length;
      const closed = bus.close();
      await turn();
      gate.open();
      await closed;
      await until(() => answered.length === count, { what: 'the answers' });
      expect(arrived).toHaveLength(count);
      const next: Delivery<number>[] = [];
      const other = newBus();
      await other.subscribe(numbers(topic, async (batch) => void next.push(...batch), group));
      await other.publish(numbered(topic, 10, 10));
      await until(() => distinct([...arrived, ...next]) === 20, { what: 'the rest' });
      expect(next).toHaveLength(20 - count);
    });

    test('shares the partitions with others of its group, and nothing is lost when they come and go', async () => {
      const topic = await under.topic();
      const group = uniqueName('group');
      const arrived: Delivery<number>[] = [];
      const join = (bus: Bus) =>
        bus.subscribe(numbers(topic, async (batch) => void arrived.push(...batch), group));
      const first = await join(newBus());
      const sender = newBus();
      let sent = 0;
      const send = async () => sender.publish(numbered(topic, 20, (sent += 20) - 20));
      await send();
      expect(first.assignment()).toHaveLength(PARTITIONS);
      const leaving = newBus();
      const joining = join(leaving);
      await until(async () => (await send(), first.assignment().length < PARTITIONS), {
        what: 'a rebalance',
      });
      const second = await joining;
      await until(() => first.ready() && second.ready(), { what: 'both to be ready' });
      await send();
      const held = [...first.assignment(), ...second.assignment()].map(({ partition }) => partition);
      expect(held.sort()).toEqual([0, 1, 2]);
      await leaving.close();
      await until(async () => (await send(), first.assignment().length === PARTITIONS), {
        what: 'all of it again',
      });
      await until(() => distinct(arrived) === sent, { what: 'all messages' });
      expectOrderWithinKeys(arrived);
    });
  });

  describeOffsetsContract(() => under, newBus);

  describe('a bus that is closed', () => {
    test('refuses to publish and to subscribe, and closes twice without harm', async () => {
      const topic = await under.topic();
      const bus = under.bus();
      const subscription = await bus.subscribe(numbers(topic, async () => undefined));
      await bus.publish(numbered(topic, 1));
      expect(await bus.canPublish()).toBe(true);
      await bus.close();
      expect(await bus.canPublish()).toBe(false);
      await bus.close();
      await subscription.close();
      expect(subscription.ready()).toBe(false);
      expect(subscription.assignment()).toEqual([]);
      await expect(bus.publish(numbered(topic, 1))).rejects.toThrow('The bus is closed');
      await expect(bus.subscribe(numbers(topic, async () => undefined))).rejects.toThrow('The bus is closed');
    });
  });
}
