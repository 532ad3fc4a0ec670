import { beforeEach, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import type { Mark, PlannedOrder } from '../shop/planned-order.js';
import { OrderQueue, type OrderQueueOptions } from './order-queue.js';
import type { ReplayAnswer } from './replay-answers.js';

const planned = (orderKey: string, more: Partial<PlannedOrder> = {}): PlannedOrder => ({
  ...{ orderKey, basketId: orderKey, marks: [], expected: 'CONFIRMED' },
  request: {
    ...{ customerId: 'c', currency: 'GBP', items: [], orderedAt: '2011-08-01T08:30:00Z' },
    address: { line1: '1', city: 'Cork', country: 'EIRE' },
  },
  ...more,
});
const marked = (mark: Mark): Partial<PlannedOrder> => ({ marks: [mark] });
const answerTo = ({ orderKey }: PlannedOrder): ReplayAnswer => ({
  ...{ orderKey, orderNo: null, status: 'paid', reason: null, xid: null, history: ['201'] },
});

/** What is under way, in the order in which it was sent; each is answered by hand. */
let underWay: { order: PlannedOrder; answer: () => void }[];
let ended: string[];
let events: string[];
const keys = () => underWay.map(({ order }) => order.orderKey);
const answerAll = () => underWay.splice(0).forEach(({ answer }) => answer());

beforeEach(() => {
  underWay = [];
  ended = [];
  events = [];
});

function queue(options: Partial<OrderQueueOptions> = {}): OrderQueue {
  return new OrderQueue({
    inFlightMax: 4,
    place: (order) =>
      new Promise((resolve) => underWay.push({ order, answer: () => resolve(answerTo(order)) })),
    ended: async ({ order }) => {
      ended.push(order.orderKey);
    },
    onSent: (count) => events.push(`sent ${count}`),
    onAnswered: ({ order }) => events.push(`answered ${order.orderKey}`),
    ...options,
  });
}

const { signal } = new AbortController();

test('orders go out in their order, as many at once as may be, and the next when one is answered', async () => {
  const sending = queue().send(
    ['a', 'b', 'c', 'd', 'e'].map((key) => planned(key)),
    signal,
  );
  await until(() => underWay.length === 4, { what: 'four' });
  expect(keys()).toEqual(['a', 'b', 'c', 'd']);
  underWay.splice(1, 1)[0]?.answer();
  await until(() => underWay.length === 4, { what: 'the next' });
  expect(keys()).toEqual(['a', 'c', 'd', 'e']);
  answerAll();
  expect((await sending).map(({ order }) => order.orderKey)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(events.filter((event) => event === 'sent 1')).toHaveLength(5);
});

test('a second tap goes out with the first, and both are answered', async () => {
  const sending = queue().send([planned('a'), planned('b', marked('SECOND_TAP'))], signal);
  await until(() => underWay.length === 3, { what: 'all taps' });
  expect(keys()).toEqual(['a', 'b', 'b']);
  answerAll();
  expect((await sending).map(({ answers }) => answers.length)).toEqual([1, 2]);
  expect(events).toEqual(['sent 1', 'sent 1', 'answered a', 'answered b']);
});

test('the two of a race go out at the same moment, once there is room for both', async () => {
  const race = { basketId: '7', ...marked('COUPON_RACE') };
  const orders = [planned('a'), planned('b'), planned('c'), planned('first', race), planned('second', race)];
  const sending = queue().send(orders, signal);
  await until(() => underWay.length === 3, { what: 'the first three' });
  underWay.splice(0, 1)[0]?.answer();
  await until(() => underWay.length === 4, { what: 'the pair' });
  expect(keys()).toEqual(['b', 'c', 'first', 'second']);
  answerAll();
  await sending;
});

test('what comes after an order is sent when that has ended, and others pass meanwhile', async () => {
  const orders = [planned('a'), planned('copy', { after: 'a' }), planned('b')];
  const sending = queue().send(orders, signal);
  await until(() => underWay.length === 2, { what: 'all but the copy' });
  expect(keys()).toEqual(['a', 'b']);
  expect(ended).toEqual([]);
  answerAll();
  await until(() => underWay.length === 1, { what: 'the copy' });
  expect(ended).toEqual(['a']);
  answerAll();
  expect(await sending).toHaveLength(3);
});

test('nothing more is sent once the replay is broken off', async () => {
  const controller = new AbortController();
  const sending = queue().send(
    Array.from({ length: 9 }, (_, n) => planned(String(n))),
    controller.signal,
  );
  await until(() => underWay.length === 4, { what: 'the first four' });
  controller.abort();
  answerAll();
  expect(await sending).toHaveLength(4);
});
