import { describe, expect, test } from '@jest/globals';
import type { TransactionListItem } from '@holdfast/protocol';
import type { PlannedOrder } from '../shop/planned-order.js';
import type { AnsweredOrder } from './order-queue.js';
import type { ReplayAnswer } from './replay-answers.js';
import { summarise, type ReplayRun } from './replay-summary.js';
import { summaryText } from './summary-text.js';

const answered = (
  orderKey: string,
  expected: PlannedOrder['expected'],
  status: ReplayAnswer['status'],
  code?: string,
): AnsweredOrder => ({
  order: {
    ...{ orderKey, basketId: '1', marks: [], expected },
    request: {
      ...{ customerId: 'c', currency: 'GBP', items: [], orderedAt: '2011-08-01T08:30:00Z' },
      address: { line1: '1', city: 'Cork', country: 'EIRE' },
    },
  },
  answers: [
    {
      ...{ orderKey, orderNo: null, status, xid: null, history: [] },
      reason: code === undefined ? null : { code, message: '' },
    },
  ],
});

const ending = (decidedMs: number, endedMs: number): TransactionListItem => ({
  ...{ xid: '01a2089e-d974-722e-94ed-798886aa3712', name: 'checkout', reference: null },
  ...{ phase: 'confirmed', reason: null, deadlineAt: new Date(30_000).toISOString() },
  ...{ confirmNotBefore: null, coolingSince: null },
  ...{ paused: null, hung: null, contradicted: false, forced: false },
  beganAt: new Date(0).toISOString(),
  decidedAt: new Date(decidedMs).toISOString(),
  endedAt: new Date(endedMs).toISOString(),
});

const sound: ReplayRun = {
  ...{ shop: 'a shop', mode: 'declared', bus: 'kafka', inFlightMax: 256 },
  orders: [
    answered('1', 'CONFIRMED', 'paid'),
    answered('2', 'OUT_OF_STOCK', 'closed', 'OUT_OF_STOCK'),
    answered('3', 'OPEN', 'closed', 'OUT_OF_STOCK'),
  ],
  notEnded: 0,
  endings: [ending(10, 30), ending(20, 40), ending(30, 200)],
  durationMs: { load: 100, send: 1_500, settle: 10, audit: 20 },
  restarts: {},
  healMs: {},
  audit: { ok: true, examined: { orders: 3 }, counts: {}, findings: [] },
};

test('a sound replay is told as one', () => {
  const summary = summarise(sound);
  expect(summary).toMatchObject({
    ...{ ok: true, orders: 3, confirmed: 1, cancelled: 2, unknown: 0, rejected: 0, cutShort: 0 },
    cancelledByCode: { OUT_OF_STOCK: 2 },
    latencyMs: { decided: { p50: 20, p99: 30 }, ended: { p50: 40, p99: 200 } },
  });
  expect(summaryText(summary)).toEqual([
    '3 orders of a shop in 1.5 s, 2 a second, declared, over Kafka, 256 in flight',
    '  confirmed     1',
    '  cancelled     2: OUT_OF_STOCK 2',
    '  unknown       0',
    '  decided       p50 20 ms, p99 30 ms',
    '  ended         p50 40 ms, p99 200 ms',
    '  restarts      none',
    '  as planned    yes',
    'The books balance: 3 orders.',
  ]);
});

const finding = { code: 'OPEN_ORDER', subject: 'order 7', detail: 'is pending' } as const;

describe('what is not as it has to be is told, and makes the demo fail', () => {
  test.each<[string, Partial<ReplayRun>, string]>([
    ['an unknown outcome', { orders: [answered('1', 'OPEN', 'unknown')] }, 'unknown       1'],
    ['an order that was rejected', { orders: [answered('1', 'OPEN', 'rejected', 'X')] }, 'rejected '],
    [
      'another ending',
      { orders: [answered('1', 'OPEN', 'closed', 'TIMEOUT')] },
      '1 was to be OPEN and is TIMEOUT',
    ],
    ['a checkout that has not ended', { notEnded: 2 }, 'not ended     2'],
    [
      'a finding of the audit',
      { audit: { ok: false, examined: {}, counts: { OPEN_ORDER: 1 }, findings: [finding] } },
      '    order 7: is pending',
    ],
  ])('%s', (_what, change, line) => {
    const summary = summarise({ ...sound, ...change });
    expect(summary.ok).toBe(false);
    expect(summaryText(summary).join('\n')).toContain(line);
  });
});

test('where a process died, orders that were cut short are told and forgiven', () => {
  const orders = [answered('1', 'CONFIRMED', 'closed', 'TIMEOUT')];
  const summary = summarise({ ...sound, orders, restarts: { kafka: 1 }, healMs: { kafka: 9_240 } });
  expect(summary).toMatchObject({ ok: true, cutShort: 1 });
  const text = summaryText(summary).join('\n');
  expect(text).toContain('1 of them cut short');
  expect(text).toContain('restarts      kafka 1');
  expect(text).toContain('ready again   9.2 s after kafka');
});
