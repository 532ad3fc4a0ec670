import { isDeepStrictEqual } from 'node:util';
import type { ReplayAnswer } from '../replay/replay-answers.js';
import { orderAmounts, type PlannedOrder } from '../shop/planned-order.js';
import type { Books } from './books.js';
import type { Finding, FindingCode } from './findings.js';
import { joinOrders, type OrderRecord } from './order-records.js';
import { Sums } from './sums.js';

/** Looks for orders about which the services do not agree with each other, or with what the customer was told. */
export function* orderFindings(
  books: Books,
  plannedOrders: readonly PlannedOrder[],
  answers: readonly ReplayAnswer[],
): Generator<Finding> {
  const { records, strayOrderNos, strayXids } = joinOrders(books, plannedOrders, answers);
  for (const record of records) {
    for (const { code, detail } of faultsOf(record))
      yield { code, subject: `${record.planned.orderKey} (${[...record.orderNos].join(', ')})`, detail };
  }
  for (const subject of strayOrderNos)
    yield { code: 'STRAY_ORDER', subject, detail: 'has the key of no planned order' };
  for (const subject of strayXids)
    yield { code: 'STRAY_EFFECT', subject, detail: 'is the transaction of no order' };
}

interface Fault {
  readonly code: FindingCode;
  readonly detail: string;
}

function* faultsOf(record: OrderRecord): Generator<Fault> {
  const isPaid = record.orders.some(({ status }) => status === 'paid');
  const { orders, checkouts, orderNos, xids } = record;
  if (orders.some(({ status }) => status === 'pending')) yield { code: 'OPEN_ORDER', detail: 'is pending' };
  if (Math.max(orderNos.size, xids.size, checkouts.length, orders.length) > 1) {
    const detail = `orders ${[...orderNos].join(', ')}; transactions ${[...xids].join(', ')}`;
    yield { code: 'ORDER_TWICE', detail };
  }
  yield* answerFaults(record, isPaid);
  yield* contentFaults(record);
  yield* effectFaults(record, isPaid);
}

function* answerFaults({ answers, checkouts }: OrderRecord, isPaid: boolean): Generator<Fault> {
  const code = 'ANSWER_DISAGREES';
  const stands = isPaid ? 'is paid' : 'is not paid';
  if (answers.length === 0) yield { code: 'ANSWER_MISSING', detail: stands };
  for (const { orderNo, status, reason } of answers) {
    if (status !== 'unknown' && (status === 'paid') !== isPaid)
      yield { code, detail: `${stands}, and the customer was told ${status}` };
    const checkout = checkouts.find((each) => each.orderNo === orderNo);
    if (orderNo !== null && !checkout)
      yield { code, detail: `the customer was told number ${orderNo}, of which there is no checkout` };
    const noted = checkout?.reasonCode ?? null;
    if (status === 'closed' && noted !== null && reason?.code !== noted)
      yield { code, detail: `the customer was told ${reason?.code}, and ${noted} is noted` };
  }
  for (const { outcome } of checkouts) {
    if (outcome !== null && (outcome === 'confirmed') !== isPaid)
      yield { code, detail: `${stands}, and ${outcome} is noted` };
  }
}

function* contentFaults({ planned: { request }, orders, lines }: OrderRecord): Generator<Fault> {
  for (const order of orders) {
    const stands = {
      customerId: order.customerId,
      currency: order.currency,
      couponCode: order.couponCode,
      orderedAt: order.orderedAt.getTime(),
      items: lines
        .filter(({ orderNo }) => orderNo === order.orderNo)
        .toSorted((a, b) => a.line - b.line)
        .map(({ sku, quantity, amountMinor, discountMinor }) => ({
          sku,
          quantity: Number(quantity),
          amountMinor: Number(amountMinor),
          discountMinor: Number(discountMinor),
        })),
    };
    const { customerId, currency, couponCode = null, orderedAt, items } = request;
    const wanted = { customerId, currency, couponCode, orderedAt: Date.parse(orderedAt), items };
    for (const [field, value] of Object.entries(wanted)) {
      if (!isDeepStrictEqual(value, stands[field as keyof typeof stands]))
        yield { code: 'ORDER_DIFFERS', detail: `in ${field}` };
    }
  }
}

/** A paid order has all of its effects, exactly; one that is not paid has none. */
function* effectFaults(record: OrderRecord, isPaid: boolean): Generator<Fault> {
  const stands = isPaid ? 'is paid' : 'is not paid';
  for (const [sku, surplus] of surplusPieces(record, isPaid))
    yield {
      code: 'STOCK_DISAGREES',
      detail: `${stands}, and ${surplus} too many of ${sku} are sold or held`,
    };
  for (const [account, surplus] of surplusMoney(record, isPaid))
    yield { code: 'MONEY_DISAGREES', detail: `${stands}, and ${surplus} too much is booked on ${account}` };
  const used = record.grants.map(
    ({ couponCode, customerId, state, discountMinor }) =>
      `${couponCode} of ${customerId}, ${state}, ${discountMinor}`,
  );
  const { couponCode, customerId } = record.planned.request;
  const { totalMinor, payableMinor } = orderAmounts(record.planned.request);
  const due =
    isPaid && couponCode !== undefined
      ? [`${couponCode} of ${customerId}, used, ${totalMinor - payableMinor}`]
      : [];
  if (!isDeepStrictEqual(used, due)) {
    const detail = `${stands}, has ${used.join('; ') || 'no coupon'}, and is due ${due.join('; ') || 'none'}`;
    yield { code: 'COUPON_DISAGREES', detail };
  }
}

/** By SKU, pieces that the order has and should not, or (negative) should have and has not. */
function surplusPieces({ planned, reservations }: OrderRecord, isPaid: boolean): Iterable<[string, bigint]> {
  const pieces = new Sums();
  for (const { sku, quantity, state } of reservations) if (state !== 'released') pieces.add(sku, quantity);
  if (isPaid) for (const { sku, quantity } of planned.request.items) pieces.add(sku, -BigInt(quantity));
  return pieces.nonZero();
}

/** By account, customer and currency, what is booked for the order and should not be, or the other way round. */
function surplusMoney({ planned, journal }: OrderRecord, isPaid: boolean): Iterable<[string, bigint]> {
  const money = new Sums();
  for (const { account, customerId, currency, amountMinor } of journal)
    money.add(`${account} of ${customerId} in ${currency}`, amountMinor);
  const { customerId, currency } = planned.request;
  const due = isPaid ? BigInt(orderAmounts(planned.request).payableMinor) : 0n;
  money.add(`available of ${customerId} in ${currency}`, due);
  money.add(`revenue of ${customerId} in ${currency}`, -due);
  return money.nonZero();
}
