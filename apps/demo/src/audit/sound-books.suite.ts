import { openingBooks } from '../replay/opening-books.js';
import type { ReplayAnswer } from '../replay/replay-answers.js';
import { orderAmounts, type PlannedOrder } from '../shop/planned-order.js';
import { planReplay } from '../shop/replay-plan.js';
import { smallShop } from '../shop/small-shop.suite.js';
import type { AuditEvidence } from './audit-report.js';
import type { Books } from './books.js';

type Changeable<T> = { -readonly [Key in keyof T]: T[Key] };
/** Books whose rows a spec can spoil. */
type OpenBooks = { readonly [Table in keyof Books]: Changeable<Books[Table][number]>[] };

export interface AuditCase {
  readonly books: OpenBooks;
  readonly evidence: AuditEvidence & { readonly answers: Changeable<ReplayAnswer>[] };
}

const BASKETS = 60;

/** The books of a small replay in which everything went well, and what they are held against. */
export function makeSoundCase(): AuditCase {
  const shop = smallShop(BASKETS);
  const plan = planReplay(shop);
  const opening = openingBooks(shop, plan);
  const answers: Changeable<ReplayAnswer>[] = [];
  const books: OpenBooks = {
    checkouts: [],
    orders: [],
    orderLines: [],
    stock: opening.stock.map(({ sku, available }) => ({
      sku,
      available: BigInt(available),
      frozen: 0n,
      sold: 0n,
    })),
    reservations: [],
    grants: opening.grants.map((grant) => ({ ...grant, state: 'free', xid: null, discountMinor: null })),
    wallets: opening.wallets.map(({ customerId, currency, availableMinor }) => ({
      ...{ customerId, currency },
      availableMinor: BigInt(availableMinor),
      frozenMinor: 0n,
    })),
    journal: [],
  };
  for (const [index, { customerId, currency, availableMinor }] of books.wallets.entries())
    book(
      books,
      `opening-${index}`,
      'opening',
      ['equity', 'available'],
      { customerId, currency },
      availableMinor,
    );
  for (const [index, order] of plan.orders.entries()) {
    const xid = `xid-${index}`;
    const orderNo = String(index).padStart(24, '0');
    const isPaid = order.expected === 'CONFIRMED';
    const reasonCode = isPaid ? null : 'REFUSED';
    const outcome = isPaid ? ('confirmed' as const) : ('cancelled' as const);
    books.checkouts.push({ orderNo, idempotencyKey: order.orderKey, xid, outcome, reasonCode });
    for (const history of order.marks.includes('SECOND_TAP') ? [['201'], ['ECONNRESET', '201']] : [['201']])
      answers.push({
        ...{ orderKey: order.orderKey, orderNo, xid, history },
        status: isPaid ? 'paid' : 'closed',
        reason: reasonCode && { code: reasonCode, message: '' },
      });
    // Every other order that is closed had no Try at all.
    if (isPaid || index % 2 === 0) settle(books, order, xid, orderNo, isPaid);
  }
  return { books, evidence: { opening, orders: plan.orders, answers } };
}

/** A case whose rows can be spoiled without spoiling these. */
export function copyOf({ books, evidence }: AuditCase): AuditCase {
  const rows = Object.entries(books).map(([table, rows]) => [table, rows.map((row) => ({ ...row }))]);
  const answers = evidence.answers.map((answer) => ({ ...answer }));
  return { books: Object.fromEntries(rows) as OpenBooks, evidence: { ...evidence, answers } };
}

/** What the branches of an order leave behind after a Confirm or a Cancel. */
function settle(books: OpenBooks, order: PlannedOrder, xid: string, orderNo: string, isPaid: boolean): void {
  const { customerId, currency, couponCode = null, orderedAt, items } = order.request;
  const status = isPaid ? 'paid' : 'closed';
  const at = new Date(orderedAt);
  books.orders.push({ orderNo, xid, status, customerId, currency, couponCode, orderedAt: at });
  const pieces = new Map<string, bigint>();
  for (const [index, { sku, quantity, amountMinor, discountMinor }] of items.entries()) {
    const amounts = { amountMinor: BigInt(amountMinor), discountMinor: BigInt(discountMinor) };
    books.orderLines.push({ orderNo, line: index + 1, sku, quantity: BigInt(quantity), ...amounts });
    pieces.set(sku, (pieces.get(sku) ?? 0n) + BigInt(quantity));
  }
  for (const [sku, quantity] of pieces) {
    books.reservations.push({ xid, branchId: '2', sku, quantity, state: isPaid ? 'sold' : 'released' });
    const row = books.stock.find((each) => each.sku === sku);
    if (row && isPaid) Object.assign(row, { available: row.available - quantity, sold: row.sold + quantity });
  }
  const { totalMinor, payableMinor } = orderAmounts(order.request);
  const payable = BigInt(payableMinor);
  const wallet = books.wallets.find((each) => each.customerId === customerId);
  if (wallet) {
    book(books, xid, 'freeze', ['available', 'frozen'], wallet, payable);
    if (isPaid) book(books, xid, 'confirm', ['frozen', 'revenue'], wallet, payable);
    else book(books, xid, 'cancel', ['frozen', 'available'], wallet, payable);
    if (isPaid) wallet.availableMinor -= payable;
  }
  const grant = books.grants.find((each) => each.couponCode === couponCode && each.customerId === customerId);
  if (grant && isPaid)
    Object.assign(grant, { state: 'used', xid, discountMinor: BigInt(totalMinor - payableMinor) });
}

type Journal = Books['journal'][number];

function book(
  { journal }: OpenBooks,
  entry: string,
  movement: Journal['movement'],
  [from, to]: readonly [Journal['account'], Journal['account']],
  { customerId, currency }: Pick<Journal, 'customerId' | 'currency'>,
  amount: bigint,
): void {
  const row = { entry, branchId: '4', movement, customerId, currency };
  journal.push({ ...row, account: from, amountMinor: -amount }, { ...row, account: to, amountMinor: amount });
}
