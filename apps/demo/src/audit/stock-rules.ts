import type { OpeningBooks } from '../replay/opening-books.js';
import type { Books } from './books.js';
import type { Finding } from './findings.js';
import { Sums } from './sums.js';

/** Looks for faults in the stock by itself: nothing negative or frozen, nothing lost or found, every piece accounted for. */
export function* stockFindings(
  { stock, reservations }: Pick<Books, 'stock' | 'reservations'>,
  opening: Pick<OpeningBooks, 'stock'>,
): Generator<Finding> {
  const reserved = new Sums();
  for (const { xid, sku, quantity, state } of reservations) {
    reserved.add(`${state} ${sku}`, quantity);
    if (state === 'frozen')
      yield { code: 'OPEN_RESERVATION', subject: xid, detail: `holds ${quantity} of ${sku}` };
  }
  const missing = new Map(opening.stock.map(({ sku, available }) => [sku, BigInt(available)]));
  for (const { sku: subject, available, frozen, sold } of stock) {
    const had = missing.get(subject) ?? 0n;
    missing.delete(subject);
    const counts = `available ${available}, frozen ${frozen}, sold ${sold}`;
    if (available < 0n || frozen < 0n || sold < 0n) yield { code: 'NEGATIVE_STOCK', subject, detail: counts };
    if (frozen !== 0n) yield { code: 'FROZEN_STOCK', subject, detail: `${frozen} pieces` };
    if (available + frozen + sold !== had)
      yield { code: 'STOCK_NOT_CONSERVED', subject, detail: `${counts}, began with ${had}` };
    const [frozenBy, soldBy] = [reserved.get(`frozen ${subject}`), reserved.get(`sold ${subject}`)];
    if (frozen !== frozenBy || sold !== soldBy) {
      const detail = `${counts}; reservations have ${frozenBy} frozen, ${soldBy} sold`;
      yield { code: 'STOCK_DIFFERS_FROM_RESERVATIONS', subject, detail };
    }
  }
  for (const [subject, had] of missing)
    yield { code: 'STOCK_NOT_CONSERVED', subject, detail: `there is no row, began with ${had}` };
}
