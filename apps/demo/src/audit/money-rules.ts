import type { OpeningBooks } from '../replay/opening-books.js';
import type { Books, JournalRow, WalletRow } from './books.js';
import type { Finding } from './findings.js';
import { Sums } from './sums.js';

/** Looks for faults in the money by itself: nothing negative or frozen, nothing lost or found, every penny booked twice. */
export function* moneyFindings(
  { wallets, journal }: Pick<Books, 'wallets' | 'journal'>,
  opening: Pick<OpeningBooks, 'wallets'>,
): Generator<Finding> {
  yield* unbalancedBookings(journal);
  const booked = new Sums();
  for (const { account, customerId, currency, amountMinor } of journal)
    booked.add(`${account} ${customerId} ${currency}`, amountMinor);
  const missing = new Map(opening.wallets.map((wallet) => [nameOf(wallet), BigInt(wallet.availableMinor)]));
  for (const wallet of wallets) {
    const subject = nameOf(wallet);
    const had = missing.get(subject) ?? 0n;
    missing.delete(subject);
    const { availableMinor, frozenMinor } = wallet;
    const amounts = `available ${availableMinor}, frozen ${frozenMinor}`;
    if (availableMinor < 0n || frozenMinor < 0n) yield { code: 'NEGATIVE_MONEY', subject, detail: amounts };
    if (frozenMinor !== 0n) yield { code: 'FROZEN_MONEY', subject, detail: `${frozenMinor}` };
    const paid = booked.get(`revenue ${subject}`);
    if (availableMinor + frozenMinor + paid !== had)
      yield { code: 'MONEY_NOT_CONSERVED', subject, detail: `${amounts}, paid ${paid}, began with ${had}` };
    const [available, frozen] = [booked.get(`available ${subject}`), booked.get(`frozen ${subject}`)];
    if (availableMinor !== available || frozenMinor !== frozen) {
      const detail = `${amounts}; booked are ${available} and ${frozen}`;
      yield { code: 'WALLET_DIFFERS_FROM_JOURNAL', subject, detail };
    }
  }
  for (const [subject, had] of missing)
    yield { code: 'MONEY_NOT_CONSERVED', subject, detail: `there is no wallet, began with ${had}` };
}

function* unbalancedBookings(journal: readonly JournalRow[]): Generator<Finding> {
  const movements = new Sums();
  const currencies = new Sums();
  for (const { entry, branchId, movement, currency, amountMinor } of journal) {
    movements.add(`${entry} ${branchId} ${movement} ${currency}`, amountMinor);
    currencies.add(currency, amountMinor);
  }
  for (const [subject, sum] of [...currencies.nonZero(), ...movements.nonZero()])
    yield { code: 'JOURNAL_NOT_ZERO', subject, detail: `adds up to ${sum}` };
}

function nameOf({ customerId, currency }: Pick<WalletRow, 'customerId' | 'currency'>): string {
  return `${customerId} ${currency}`;
}
