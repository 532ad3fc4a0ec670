import { describe, expect, test } from '@jest/globals';
import { audit, auditText } from './audit-report.js';
import { FINDINGS, type FindingCode } from './findings.js';
import { copyOf, makeSoundCase, type AuditCase } from './sound-books.suite.js';

const sound = makeSoundCase();
const soundCase = (): AuditCase => copyOf(sound);

test('sound books are found sound', () => {
  const { books, evidence } = soundCase();
  const report = audit(books, evidence);
  expect(report.findings).toEqual([]);
  expect(report.ok).toBe(true);
  expect(report.examined['orders']).toBe(evidence.orders.length);
  expect(auditText(report)).toEqual([expect.stringMatching(/^The books balance: \d+ orders/)]);
});

/** The first row of a table that is as wanted; a spec that finds none tests nothing. */
function rowOf<Row>(rows: readonly Row[], isWanted: (row: Row) => boolean = () => true): Row {
  const found = rows.find(isWanted);
  if (!found) throw new Error('no such row');
  return found;
}

const paidOrder = ({ books }: AuditCase) => rowOf(books.orders, ({ status }) => status === 'paid');
const closedOrder = ({ books }: AuditCase) => rowOf(books.orders, ({ status }) => status === 'closed');
const soldReservation = ({ books }: AuditCase) => rowOf(books.reservations, ({ state }) => state === 'sold');
const usedGrant = ({ books }: AuditCase) => rowOf(books.grants, ({ state }) => state === 'used');
const booking = ({ books }: AuditCase, movement: string, account: string) =>
  rowOf(books.journal, (row) => row.movement === movement && row.account === account);

/** Faults of each kind. The compiler asks for every code. */
const faults: Record<FindingCode, Record<string, (found: AuditCase) => void>> = {
  NEGATIVE_STOCK: {
    'sold more than there was': ({ books }) => (rowOf(books.stock).available = -1n),
    'given back twice': ({ books }) => (rowOf(books.stock).frozen = -1n),
  },
  FROZEN_STOCK: { 'pieces stay frozen': ({ books }) => (rowOf(books.stock).frozen = 3n) },
  STOCK_NOT_CONSERVED: {
    'a piece is lost': ({ books }) => (rowOf(books.stock).available -= 1n),
    'a piece is found': ({ books }) => (rowOf(books.stock).available += 1n),
    'a SKU is gone': ({ books }) => books.stock.pop(),
    'a SKU came from nowhere': ({ books }) =>
      books.stock.push({ sku: 'new', available: 1n, frozen: 0n, sold: 0n }),
  },
  STOCK_DIFFERS_FROM_RESERVATIONS: {
    'sold without a reservation': ({ books }) => {
      const row = rowOf(books.stock, ({ available }) => available > 0n);
      Object.assign(row, { available: row.available - 1n, sold: row.sold + 1n });
    },
  },
  OPEN_RESERVATION: {
    'one was never settled': (found) => (soldReservation(found).state = 'frozen'),
  },
  NEGATIVE_MONEY: {
    'paid more than there was': ({ books }) => (rowOf(books.wallets).availableMinor = -1n),
    'given back twice': ({ books }) => (rowOf(books.wallets).frozenMinor = -1n),
  },
  FROZEN_MONEY: { 'money stays frozen': ({ books }) => (rowOf(books.wallets).frozenMinor = 1n) },
  MONEY_NOT_CONSERVED: {
    'a penny is lost': ({ books }) => (rowOf(books.wallets).availableMinor -= 1n),
    'a wallet is gone': ({ books }) => books.wallets.pop(),
    'a wallet was filled by nobody': ({ books }) =>
      books.wallets.push({ customerId: 'new', currency: 'GBP', availableMinor: 1n, frozenMinor: 0n }),
  },
  WALLET_DIFFERS_FROM_JOURNAL: {
    'an opening is not booked': ({ books }) => books.journal.splice(0, 2),
    'frozen without a booking': ({ books }) => {
      const wallet = rowOf(books.wallets, ({ availableMinor }) => availableMinor > 0n);
      wallet.availableMinor -= 1n;
      wallet.frozenMinor += 1n;
    },
  },
  JOURNAL_NOT_ZERO: {
    'half of a movement is missing': ({ books }) => books.journal.pop(),
    'two movements are wrong, and cancel out': ({ books }) => {
      const [first, , second] = books.journal;
      if (first && second) [first.amountMinor, second.amountMinor] = [second.amountMinor, first.amountMinor];
    },
  },
  COUPONS_NOT_CONSERVED: {
    'a coupon is gone': ({ books }) => books.grants.pop(),
    'a coupon was given by nobody': ({ books }) =>
      books.grants.push({ ...rowOf(books.grants), customerId: 'new' }),
  },
  LOCKED_COUPON: { 'a coupon stays locked': (found) => (usedGrant(found).state = 'locked') },
  OPEN_ORDER: { 'an order stays pending': (found) => (paidOrder(found).status = 'pending') },
  ORDER_TWICE: {
    'a second tap became a second order': ({ books }) =>
      books.checkouts.push({ ...rowOf(books.checkouts), orderNo: '9'.repeat(24) }),
    'the taps were told two numbers': ({ evidence }) => {
      const { orderKey } = rowOf(evidence.orders, ({ marks }) => marks.includes('SECOND_TAP'));
      rowOf(evidence.answers, (answer) => answer.orderKey === orderKey).orderNo = '9'.repeat(24);
    },
    'one order is two transactions': (found) => (paidOrder(found).xid = 'another'),
  },
  ORDER_DIFFERS: {
    'another quantity': ({ books }) => (rowOf(books.orderLines).quantity += 1n),
    'another price': ({ books }) => (rowOf(books.orderLines).amountMinor += 1n),
    'a line is missing': ({ books }) => books.orderLines.pop(),
    'another customer': (found) => (paidOrder(found).customerId = 'other'),
    'another time': (found) => (paidOrder(found).orderedAt = new Date(0)),
    'another coupon': (found) => (paidOrder(found).couponCode = 'other'),
  },
  STOCK_DISAGREES: {
    'a paid order did not get a piece': (found) => (soldReservation(found).quantity -= 1n),
    'a paid order got nothing': (found) => (soldReservation(found).state = 'released'),
    'a closed order got its pieces': (found) => {
      const { xid } = closedOrder(found);
      rowOf(found.books.reservations, (row) => row.xid === xid).state = 'sold';
    },
  },
  COUPON_DISAGREES: {
    'a paid order did not use its coupon': (found) => (usedGrant(found).state = 'free'),
    'a paid order used another amount': (found) => (usedGrant(found).discountMinor = 1n),
    'a closed order used a coupon': (found) => {
      const { xid } = closedOrder(found);
      Object.assign(
        rowOf(found.books.grants, ({ state }) => state === 'free'),
        { state: 'used', xid, discountMinor: 1n },
      );
    },
  },
  MONEY_DISAGREES: {
    'a paid order was not paid': (found) => {
      const { xid } = paidOrder(found);
      const kept = found.books.journal.filter(({ entry }) => entry !== xid);
      found.books.journal.splice(0, Infinity, ...kept);
    },
    'a paid order was paid twice': (found) => {
      const { xid } = paidOrder(found);
      const own = found.books.journal.filter(({ entry }) => entry === xid);
      found.books.journal.push(...own.map((row) => ({ ...row, branchId: '5' })));
    },
    'a paid order cost a penny more': (found) => {
      const { entry } = booking(found, 'confirm', 'revenue');
      for (const row of found.books.journal)
        if (row.entry === entry && row.amountMinor > 0n) row.amountMinor += 1n;
    },
    'somebody else paid': (found) => (booking(found, 'confirm', 'revenue').customerId = 'other'),
    'a closed order was paid': (found) => {
      const { xid } = closedOrder(found);
      for (const row of found.books.journal)
        if (row.entry === xid && row.movement === 'cancel' && row.account === 'available')
          row.account = 'revenue';
    },
  },
  ANSWER_DISAGREES: {
    'told paid, and it is closed': (found) => (paidOrder(found).status = 'closed'),
    'told closed, and it is paid': (found) => (closedOrder(found).status = 'paid'),
    'told paid, and it does not exist': ({ evidence }) =>
      (rowOf(evidence.answers, ({ status }) => status === 'closed').status = 'paid'),
    'told rejected, and it is paid': ({ evidence }) =>
      (rowOf(evidence.answers, ({ status }) => status === 'paid').status = 'rejected'),
    'told another reason': ({ evidence }) =>
      (rowOf(evidence.answers, ({ status }) => status === 'closed').reason = { code: 'X', message: '' }),
    'told a number that is nobody’s': ({ books, evidence }) => {
      const { orderKey } = rowOf(evidence.answers, ({ status }) => status === 'closed');
      books.checkouts.splice(
        books.checkouts.findIndex(({ idempotencyKey }) => idempotencyKey === orderKey),
        1,
      );
    },
    'noted otherwise than it stands': ({ books }) =>
      (rowOf(books.checkouts, ({ outcome }) => outcome === 'confirmed').outcome = 'cancelled'),
  },
  ANSWER_MISSING: {
    'nobody was told': ({ evidence }) => {
      const { orderKey } = rowOf(evidence.answers);
      const kept = evidence.answers.filter((answer) => answer.orderKey !== orderKey);
      evidence.answers.splice(0, Infinity, ...kept);
    },
  },
  STRAY_ORDER: {
    'an order that nobody placed': ({ books }) =>
      books.orders.push({ ...rowOf(books.orders), orderNo: '9'.repeat(24) }),
    'a checkout that nobody placed': ({ books }) => {
      const checkout = { ...rowOf(books.checkouts), orderNo: '9'.repeat(24), idempotencyKey: null };
      books.checkouts.push(checkout);
    },
  },
  STRAY_EFFECT: {
    'stock for nobody': ({ books }) =>
      books.reservations.push({ ...rowOf(books.reservations), xid: 'stray' }),
    'a coupon for nobody': (found) => (usedGrant(found).xid = 'stray'),
    'money for nobody': (found) => (booking(found, 'confirm', 'revenue').entry = 'stray'),
  },
};

describe.each(Object.entries(faults))('%s', (code, planted) => {
  test.each(Object.entries(planted))('%s', (_what, plant) => {
    const found = soundCase();
    plant(found);
    const report = audit(found.books, found.evidence);
    expect(report.ok).toBe(false);
    expect(Object.keys(report.counts)).toContain(code);
    expect(auditText(report).join('\n')).toContain(FINDINGS[code as FindingCode]);
  });
});

test('what nobody knows is not held against the books', () => {
  const { books, evidence } = soundCase();
  for (const answer of evidence.answers) Object.assign(answer, { status: 'unknown', reason: null });
  expect(audit(books, evidence).findings).toEqual([]);
});

test('of many faults of a kind the first five are told, and all are counted', () => {
  const { books, evidence } = soundCase();
  for (const row of books.stock) row.available += 1n;
  const { counts, findings } = audit(books, evidence);
  expect(counts).toEqual({ STOCK_NOT_CONSERVED: books.stock.length });
  expect(findings).toHaveLength(5);
});
