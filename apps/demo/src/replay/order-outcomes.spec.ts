import { expect, test } from '@jest/globals';
import type { PlannedOrder } from '../shop/planned-order.js';
import { outcomeOf, rareRefusals, surprisesAmong, type Outcome } from './order-outcomes.js';
import type { AnsweredOrder } from './order-queue.js';
import type { ReplayAnswer } from './replay-answers.js';

let count = 0;
const statuses: Partial<Record<Outcome, ReplayAnswer['status']>> = {
  ...{ CONFIRMED: 'paid', UNKNOWN: 'unknown', REJECTED: 'rejected' },
};

function answered(
  outcome: Outcome,
  expected: PlannedOrder['expected'],
  more: Partial<PlannedOrder> = {},
): AnsweredOrder {
  const orderKey = more.orderKey ?? `order-${++count}`;
  const status = statuses[outcome] ?? 'closed';
  const reason = status === 'closed' ? { code: outcome, message: '' } : null;
  const answer: ReplayAnswer = { orderKey, orderNo: null, status, reason, xid: null, history: [] };
  return {
    order: { ...({ basketId: '1', marks: [], expected } as object), ...more, orderKey } as PlannedOrder,
    answers: [answer],
  };
}

const surprising = (orders: AnsweredOrder[], processesDied = false) =>
  surprisesAmong(orders, processesDied).map(({ outcome }) => outcome);

test('the outcome is what any tap learnt', () => {
  const [unknown] = answered('UNKNOWN', 'CONFIRMED').answers;
  const paid = answered('CONFIRMED', 'CONFIRMED');
  expect(outcomeOf({ ...paid, answers: [unknown as ReplayAnswer, ...paid.answers] })).toBe('CONFIRMED');
  expect(outcomeOf(answered('OUT_OF_STOCK', 'OPEN'))).toBe('OUT_OF_STOCK');
  expect(outcomeOf(answered('UNKNOWN', 'OPEN'))).toBe('UNKNOWN');
});

test.each<[Outcome, PlannedOrder['expected'], Outcome[]]>([
  ['CONFIRMED', 'CONFIRMED', []],
  ['OUT_OF_STOCK', 'OUT_OF_STOCK', []],
  ['OUT_OF_STOCK', 'CONFIRMED', ['OUT_OF_STOCK']],
  ['CONFIRMED', 'OUT_OF_STOCK', ['CONFIRMED']],
  ['COUPON_USED', 'COUPON_EXPIRED', ['COUPON_USED']],
  ['COUPON_LOCKED', 'OPEN', []],
  ['CONFIRMED', 'OPEN', []],
  ['REJECTED', 'OPEN', ['REJECTED']],
  ['UNKNOWN', 'CONFIRMED', []],
  ['TIMEOUT', 'CONFIRMED', ['TIMEOUT']],
  ['TIMEOUT', 'OPEN', ['TIMEOUT']],
])('%s where %s was planned', (outcome, expected, surprises) => {
  expect(surprising([answered(outcome, expected)])).toEqual(surprises);
});

test('an order may run out of time where processes died', () => {
  expect(surprising([answered('TIMEOUT', 'CONFIRMED'), answered('TIMEOUT', 'OPEN')], true)).toEqual([]);
  expect(surprising([answered('OUT_OF_STOCK', 'CONFIRMED')], true)).toEqual(['OUT_OF_STOCK']);
});

test('what comes after an order that ran out of time is open', () => {
  const first = answered('TIMEOUT', 'CONFIRMED', { orderKey: 'first' });
  const copy = answered('CONFIRMED', 'COUPON_USED', { after: 'first' });
  expect(surprising([first, copy], true)).toEqual([]);
  const paid = answered('CONFIRMED', 'CONFIRMED', { orderKey: 'first' });
  expect(surprising([paid, copy], true)).toEqual(['CONFIRMED']);
});

test('a refusal that is planned 20 times has to occur 20 times', () => {
  const twenty = Array.from({ length: 20 }, () => answered('COUPON_USED', 'COUPON_USED'));
  expect(rareRefusals(twenty)).toEqual([]);
  expect(rareRefusals([...twenty.slice(1), answered('TIMEOUT', 'COUPON_USED')])).toEqual(['COUPON_USED']);
  expect(rareRefusals(twenty.slice(1))).toEqual([]);
});
