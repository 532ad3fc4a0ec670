import { describe, expect, test } from '@jest/globals';
import type { OutgoingMessage } from '../bus.js';
import { Gate, numbered } from '../bus-samples.suite.js';
import { PublishQueue } from './publish-queue.js';

const LIMITS = {
  requestBytesMax: 2_000,
  requestMessagesMax: 10,
  messageBytesMax: 4_000,
  waitingBytesMax: 9_000,
};
const sized = (bytes: number): OutgoingMessage => ({
  topic: 't',
  key: null,
  headers: {},
  value: 'x'.repeat(bytes),
});

/** A queue whose requests wait for a gate, and what it sent. */
function queue(fails: (request: readonly OutgoingMessage[]) => boolean = () => false) {
  const gate = new Gate();
  const requests: (string | number)[][] = [];
  const publishing = new PublishQueue(async (messages) => {
    requests.push(
      messages.map(({ value }) => ((value?.length ?? 0) > 9 ? (value?.length ?? 0) : String(value))),
    );
    await gate.opened;
    if (fails(messages)) throw new Error('refused');
  }, LIMITS);
  return { gate, requests, publishing };
}

describe('PublishQueue', () => {
  test('calls of one turn are one request, calls during a request the next', async () => {
    const { gate, requests, publishing } = queue();
    const calls = [publishing.publish(numbered('t', 2)), publishing.publish(numbered('t', 2, 2))];
    await Promise.resolve();
    for (let call = 0; call < 3; call++) calls.push(publishing.publish(numbered('t', 2, 4 + 2 * call)));
    gate.open();
    await Promise.all(calls);
    expect(requests).toEqual([
      ['0', '1', '2', '3'],
      ['4', '5', '6', '7', '8', '9'],
    ]);
  });

  test('a request holds so many messages and bytes, and a bigger message goes alone', async () => {
    const { gate, requests, publishing } = queue();
    gate.open();
    await Promise.all([
      publishing.publish(numbered('t', 15)),
      publishing.publish([sized(800), sized(800), sized(800)]),
      publishing.publish([sized(3_000)]),
      publishing.publish([sized(100)]),
    ]);
    expect(requests.map((request) => request.length)).toEqual([10, 7, 1, 1, 1]);
    expect(requests.slice(1)).toEqual([['10', '11', '12', '13', '14', 800, 800], [800], [3_000], [100]]);
  });

  test('a failed request fails the calls that are in it, and what is left of them is not sent', async () => {
    const { gate, requests, publishing } = queue((request) => request[0]?.value === '10');
    const calls = [
      publishing.publish(numbered('t', 8)),
      publishing.publish(numbered('t', 14, 8)),
      publishing.publish(numbered('t', 2, 22)),
    ];
    gate.open();
    const results = await Promise.allSettled(calls);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(requests.at(-1)).toEqual(['22', '23']);
  });

  test('a message and a queue have an end', async () => {
    const { gate, requests, publishing } = queue();
    await expect(publishing.publish([sized(10), sized(4_000)])).rejects.toThrow(RangeError);
    const calls = [1, 2, 3].map(() => publishing.publish([sized(2_900)]));
    await expect(publishing.publish([sized(300)])).rejects.toThrow('too many');
    gate.open();
    await Promise.all(calls);
    await publishing.publish([sized(300)]);
    expect(requests).toHaveLength(4);
    await publishing.publish([]);
    expect(requests).toHaveLength(4);
  });
});
