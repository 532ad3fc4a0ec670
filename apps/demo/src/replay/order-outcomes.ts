import { REFUSALS } from '@holdfast/shop';
import { PLANNED_REFUSALS, type PlannedRefusal } from '../shop/planned-order.js';
import type { AnsweredOrder } from './order-queue.js';

/** How often a refusal has to occur, where the plan has it as often. */
const REFUSAL_OCCURRENCES_MIN = 20;

/** What the customer of an order knows: the code of a refusal or cancellation, or one of these three. */
export type Outcome = 'CONFIRMED' | 'UNKNOWN' | 'REJECTED' | (string & {});

/** What is known from any of an order's taps. `UNKNOWN` is nobody's surprise: it is counted by itself. */
export function outcomeOf({ answers }: AnsweredOrder): Outcome {
  const known = answers.find(({ status }) => status !== 'unknown');
  switch (known?.status) {
    case 'paid':
      return 'CONFIRMED';
    case 'closed':
      return known.reason?.code ?? 'NO_REASON';
    case 'rejected':
      return 'REJECTED';
    case undefined:
    case 'unknown':
      return 'UNKNOWN';
  }
}

/** An order that ended otherwise than was planned. */
export interface Surprise {
  readonly orderKey: string;
  readonly expected: string;
  readonly outcome: Outcome;
}

/**
 * The orders that ended otherwise than was planned. Where processes died, orders may have run out of time; and what
 * comes after an order that was not confirmed is open.
 */
export function surprisesAmong(orders: readonly AnsweredOrder[], processesDied: boolean): Surprise[] {
  const outcomes = new Map(orders.map((order) => [order.order.orderKey, outcomeOf(order)]));
  return orders.flatMap(({ order: { orderKey, expected, after } }) => {
    const outcome = outcomes.get(orderKey) ?? 'UNKNOWN';
    const isOpen = expected === 'OPEN' || (after !== undefined && outcomes.get(after) !== 'CONFIRMED');
    const isFine =
      outcome === 'UNKNOWN' ||
      outcome === expected ||
      (wasCutShort(outcome) && processesDied) ||
      (isOpen && outcome !== 'REJECTED' && !wasCutShort(outcome));
    return isFine ? [] : [{ orderKey, expected, outcome }];
  });
}

/** Whether it was cancelled although nobody refused it. */
export function wasCutShort(outcome: Outcome): boolean {
  return !['CONFIRMED', 'UNKNOWN', 'REJECTED'].includes(outcome) && !Object.hasOwn(REFUSALS, outcome);
}

/** The refusals that were planned often enough and yet occurred too seldom. */
export function rareRefusals(orders: readonly AnsweredOrder[]): PlannedRefusal[] {
  return PLANNED_REFUSALS.filter((refusal) => {
    const planned = orders.filter(({ order }) => order.expected === refusal).length;
    const occurred = orders.filter((order) => outcomeOf(order) === refusal).length;
    return planned >= REFUSAL_OCCURRENCES_MIN && occurred < REFUSAL_OCCURRENCES_MIN;
  });
}
