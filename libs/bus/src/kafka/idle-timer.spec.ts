import { createRequire } from 'node:module';
import { afterEach, expect, jest, test } from '@jest/globals';
import './idle-timer.js';

interface Queue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  scheduleCheckPendingRequests(): void;
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
  });
}

test('sets a timer only where a request waits', () => {
  jest.useFakeTimers();
  queueOf([]).scheduleCheckPendingRequests();
  expect(jest.getTimerCount()).toBe(0);
  queueOf([{}]).scheduleCheckPendingRequests();
  expect(jest.getTimerCount()).toBe(1);
});
