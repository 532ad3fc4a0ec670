import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { OutgoingMessage } from '@holdfast/bus';
import { CommandPace } from './command-pace.js';

let now: number;
let inFlight: number;
let requests: string[][];
let onRequest: () => void;
let answer: (key: string) => Promise<void>;
let pace: CommandPace;
beforeEach(() => {
  now = 1_000;
  inFlight = 1;
  requests = [];
  onRequest = () => undefined;
  answer = () => Promise.resolve();
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  const publish = (messages: readonly OutgoingMessage[]) => {
    const keys = messages.map(({ key }) => key as string);
    requests.push(keys);
    onRequest();
    return answer(keys[0] as string);
  };
  pace = new CommandPace({ publish }, () => inFlight);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const publish = (...keys: string[]) =>
  pace.publish(keys.map((key) => ({ topic: 't', key, headers: {}, value: null })));

test('a transaction that is alone never waits, and nothing makes no request', async () => {
  void publish('a', 'b');
  void publish();
  void publish('c');
  expect(requests).toEqual([['a', 'b'], ['c']]);
  await pace.idle();
});

test('among others it waits for the gap, and what comes meanwhile goes at once with it, in its order', async () => {
  inFlight = 1_000;
  const first = publish('a');
  onRequest = () => {
    onRequest = () => undefined;
    setImmediate(() => requests.push(['the next turn']));
  };
  const rest = [publish('b'), publish('c', 'd'), publish('e')];
  expect(requests).toEqual([['a']]);
  await Promise.all([first, ...rest]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(requests).toEqual([['a'], ['b'], ['c', 'd'], ['e'], ['the next turn']]);
});

test.each([
  { others: 6, gapMs: 1 },
  { others: 60, gapMs: 10 },
  { others: 120, gapMs: 20 },
  { others: 121, gapMs: 20 },
  { others: 5_000, gapMs: 20 },
])('with $others others the gap is $gapMs ms', async ({ others, gapMs }) => {
  inFlight = others + 1;
  void publish('a');
  now += gapMs;
  void publish('b');
  expect(requests).toEqual([['a'], ['b']]);
  now += gapMs - 0.1;
  const late = publish('c');
  expect(requests).toHaveLength(2);
  await late;
  expect(requests).toHaveLength(3);
});

test('what fails is told to its caller alone, and the next goes', async () => {
  inFlight = 1_000;
  void publish('a');
  answer = (key) => (key === 'b' ? Promise.reject(new Error('no topic')) : Promise.resolve());
  const both = await Promise.allSettled([publish('b'), publish('c')]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  await pace.idle();
  await publish('d');
  expect(requests).toEqual([['a'], ['b'], ['c'], ['d']]);
});

test('is idle once what waited is published', async () => {
  inFlight = 1_000;
  void publish('a');
  let acknowledge = () => undefined as void;
  answer = () => new Promise((resolve) => (acknowledge = resolve));
  void publish('b');
  let isIdle = false;
  const idle = pace.idle().then(() => (isIdle = true));
  while (requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
  expect(isIdle).toBe(false);
  acknowledge();
  await idle;
});
