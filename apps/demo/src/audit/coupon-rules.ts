import type { OpeningBooks } from '../replay/opening-books.js';
import type { Books } from './books.js';
import type { Finding } from './findings.js';

/** Looks for faults in the coupons by themselves: none is locked, gone, or was given by nobody. */
export function* couponFindings(
  { grants }: Pick<Books, 'grants'>,
  opening: Pick<OpeningBooks, 'grants'>,
): Generator<Finding> {
  const missing = new Set(opening.grants.map(nameOf));
  for (const grant of grants) {
    const subject = nameOf(grant);
    if (!missing.delete(subject))
      yield { code: 'COUPONS_NOT_CONSERVED', subject, detail: 'was granted by nobody' };
    if (grant.state === 'locked')
      yield { code: 'LOCKED_COUPON', subject, detail: `by transaction ${grant.xid}` };
  }
  for (const subject of missing) yield { code: 'COUPONS_NOT_CONSERVED', subject, detail: 'is gone' };
}

function nameOf({ couponCode, customerId }: { couponCode: string; customerId: string }): string {
  return `${couponCode} of ${customerId}`;
}
