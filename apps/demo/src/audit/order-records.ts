import type { ReplayAnswer } from '../replay/replay-answers.js';
import { groupBy } from '../shop/grouping.js';
import type { PlannedOrder } from '../shop/planned-order.js';
import type {
  Books,
  CheckoutRow,
  GrantRow,
  JournalRow,
  OrderLineRow,
  OrderRow,
  ReservationRow,
} from './books.js';

/** What all four services have for one order, joined by order number and transaction. */
export interface OrderRecord extends Effects {
  readonly planned: PlannedOrder;
  /** One for each tap. */
  readonly answers: readonly ReplayAnswer[];
  /** One, or none where it was never taken; more are a fault. */
  readonly checkouts: readonly CheckoutRow[];
  /** One, or none where its Try never came; more are a fault. */
  readonly orders: readonly OrderRow[];
  readonly lines: readonly OrderLineRow[];
  /** Every number and every transaction that anybody names for it. */
  readonly orderNos: ReadonlySet<string>;
  readonly xids: ReadonlySet<string>;
}

/** What transactions did in the other services. */
interface Effects {
  readonly reservations: readonly ReservationRow[];
  readonly grants: readonly GrantRow[];
  /** Without openings. */
  readonly journal: readonly JournalRow[];
}

export interface JoinedOrders {
  /** One for each planned order. */
  readonly records: readonly OrderRecord[];
  /** Numbers of orders and checkouts that belong to no planned order. */
  readonly strayOrderNos: readonly string[];
  /** Transactions with effects that belong to no planned order. */
  readonly strayXids: readonly string[];
}

export function joinOrders(
  books: Books,
  plannedOrders: readonly PlannedOrder[],
  answers: readonly ReplayAnswer[],
): JoinedOrders {
  const answersOf = groupBy(answers, ({ orderKey }) => orderKey);
  const checkoutsOf = groupBy(books.checkouts, ({ idempotencyKey }) => idempotencyKey);
  const ordersOf = groupBy(books.orders, ({ orderNo }) => orderNo);
  const linesOf = groupBy(books.orderLines, ({ orderNo }) => orderNo);
  const reservationsOf = groupBy(books.reservations, ({ xid }) => xid);
  const grantsOf = groupBy(books.grants, ({ xid }) => xid);
  const moved = books.journal.filter(({ movement }) => movement !== 'opening');
  const journalOf = groupBy(moved, ({ entry }) => entry);

  const records = plannedOrders.map((planned): OrderRecord => {
    const told = answersOf.get(planned.orderKey) ?? [];
    const checkouts = checkoutsOf.get(planned.orderKey) ?? [];
    const orderNos = named([...checkouts, ...told].map(({ orderNo }) => orderNo));
    const orders = allOf(ordersOf, orderNos);
    const xids = named([...orders, ...checkouts, ...told].map(({ xid }) => xid));
    return {
      planned,
      answers: told,
      checkouts,
      orders,
      lines: allOf(linesOf, orderNos),
      orderNos,
      xids,
      reservations: allOf(reservationsOf, xids),
      grants: allOf(grantsOf, xids),
      journal: allOf(journalOf, xids),
    };
  });

  const knownOrderNos = new Set(records.flatMap(({ orderNos }) => [...orderNos]));
  const knownXids = new Set(records.flatMap(({ xids }) => [...xids]));
  const orderNos = named([...books.orders, ...books.checkouts].map(({ orderNo }) => orderNo));
  const xids = named([...reservationsOf.keys(), ...grantsOf.keys(), ...journalOf.keys()]);
  return {
    records,
    strayOrderNos: [...orderNos].filter((orderNo) => !knownOrderNos.has(orderNo)),
    strayXids: [...xids].filter((xid) => !knownXids.has(xid)),
  };
}

function named(values: readonly (string | null)[]): Set<string> {
  return new Set(values.filter((value) => value !== null));
}

function allOf<Key, Row>(rowsOf: ReadonlyMap<Key, readonly Row[]>, keys: Iterable<Key>): Row[] {
  return [...keys].flatMap((key) => rowsOf.get(key) ?? []);
}
