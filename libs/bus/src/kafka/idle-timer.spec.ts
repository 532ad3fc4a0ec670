import { createRequire } from 'node:module';
import { afterEach, expect, jest, test } from '@jest/globals';
import './idle-timer.js';

interface Queue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  inflight: Map<number, { sentAt: number; requestTimeout: number; timeoutRequest: () => void }>;
  enforceRequestTimeout: boolean;
  isConnected: () => boolean;
  scheduleCheckPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
}
const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as {
  prototype: Queue;
};

afterEach(() => void jest.useRealTimers());

function queueOf(pending: unknown[]): Queue {
  const prototype = RequestQueue.prototype;
  return Object.assign(Object.create(prototype) as Queue, {
    pending,
    throttledUntil: -1,
    throttleCheckTimeoutId: null,
    inflight: new Map(),
    enforceRequestTimeout: true,
    isConnected: () => true,
  });
}

test('sets a timer only where a request waits', () => {
  jest.useFakeTimers();
  queueOf([]).scheduleCheckPendingRequests();
  expect(jest.getTimerCount()).toBe(0);
  queueOf([{}]).scheduleCheckPendingRequests();
  expect(jest.getTimerCount()).toBe(1);
});

test('a request that nobody answers is given up within a second of its time, and others are not', () => {
  jest.useFakeTimers();
  const queue = queueOf([]);
  const givenUp: number[] = [];
  const request = (n: number, requestTimeout: number) => {
    const timeoutRequest = () => {
      givenUp.push(n);
      queue.inflight.delete(n);
    };
    queue.inflight.set(n, { sentAt: Date.now(), requestTimeout, timeoutRequest });
  };
  request(1, 15_000);
  request(2, 15_000);
  request(3, 60_000);
  queue.scheduleRequestTimeoutCheck();
  jest.advanceTimersByTime(14_900);
  expect(givenUp).toEqual([]);
  jest.advanceTimersByTime(1_200);
  expect(givenUp).toEqual([1, 2]);
  queue.isConnected = () => false;
  jest.advanceTimersByTime(1_000);
});

test('one timer looks at all connections, until the last of them is gone', () => {
  jest.useFakeTimers();
  const [first, second] = [queueOf([]), queueOf([])];
  first.scheduleRequestTimeoutCheck();
  second.scheduleRequestTimeoutCheck();
  expect(jest.getTimerCount()).toBe(1);
  first.isConnected = () => false;
  jest.advanceTimersByTime(1_000);
  expect(jest.getTimerCount()).toBe(1);
  second.isConnected = () => false;
  jest.advanceTimersByTime(1_000);
  expect(jest.getTimerCount()).toBe(0);
});
