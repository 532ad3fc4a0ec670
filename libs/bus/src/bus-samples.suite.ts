import { expect } from '@jest/globals';
import type { Bus, Delivery, IncomingMessage, OutgoingMessage, SubscribeOptions } from './bus.js';

/** How many partitions topics of these tests have. */
export const PARTITIONS = 3;

let names = 0;
/** A name that no other test, run or process uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${process.pid}-${Date.now().toString(36)}-${++names}`;
}

export function numbered(topic: string, count: number, from = 0, keys = 10): OutgoingMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    topic,
    key: `key-${(from + index) % keys}`,
    headers: {},
    value: String(from + index),
  }));
}

/** Options that take numbers; anything else is undecodable. */
export function numbers(
  topic: string,
  handle: (batch: readonly Delivery<number>[]) => Promise<void>,
  group = uniqueName('group'),
): SubscribeOptions<number> {
  return {
    group,
    topics: [topic],
    decode: ({ value }) => {
      const number = Number(value ?? NaN);
      if (Number.isNaN(number)) throw new Error(`${String(value)} is no number`);
      return number;
    },
    handle,
  };
}

/** Subscribes with a group of its own and gathers what comes, forgetting repeats. */
export async function gather(bus: Bus, topic: string): Promise<IncomingMessage[]> {
  const gathered = new Map<string, IncomingMessage>();
  const list: IncomingMessage[] = [];
  await bus.subscribe({
    group: uniqueName('gather'),
    topics: [topic],
    decode: (message) => message,
    handle: async (batch) => {
      for (const { message } of batch) {
        const place = `${message.partition}/${message.offset}`;
        if (!gathered.has(place)) list.push(message);
        gathered.set(place, message);
      }
    },
  });
  return list;
}

/** Fails unless the numbers of each key, each at its first coming, rise. */
export function expectOrderWithinKeys(deliveries: readonly Delivery<number>[]): void {
  const seen = new Set<number>();
  const last = new Map<string | null, number>();
  for (const { message, body } of deliveries) {
    if (seen.has(body)) continue;
    seen.add(body);
    expect(body).toBeGreaterThan(last.get(message.key) ?? -1);
    last.set(message.key, body);
  }
}

export function distinct(deliveries: readonly Delivery<number>[]): number {
  return new Set(deliveries.map(({ body }) => body)).size;
}

/** Lets a handler wait until the test opens it. */
export class Gate {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}
