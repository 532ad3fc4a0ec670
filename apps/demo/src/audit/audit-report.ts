import { z } from 'zod';
import type { OpeningBooks } from '../replay/opening-books.js';
import type { ReplayAnswer } from '../replay/replay-answers.js';
import type { PlannedOrder } from '../shop/planned-order.js';
import type { Books } from './books.js';
import { couponFindings } from './coupon-rules.js';
import { FINDINGS, type Finding, type FindingCode } from './findings.js';
import { moneyFindings } from './money-rules.js';
import { orderFindings } from './order-rules.js';
import { stockFindings } from './stock-rules.js';

/** Of each code so many findings are told one by one; of the others only the count. */
const FINDINGS_PER_CODE_MAX = 5;

const FindingCodes = z.enum(Object.keys(FINDINGS) as [FindingCode, ...FindingCode[]]);

/** The result of an audit, as it travels from its process. */
export const AuditReport = z.strictObject({
  ok: z.boolean(),
  /** How much was looked at. */
  examined: z.record(z.string(), z.int()),
  /** How many findings of each code there are. */
  counts: z.partialRecord(FindingCodes, z.int()),
  /** The first of each. */
  findings: z.array(z.strictObject({ code: FindingCodes, subject: z.string(), detail: z.string() })),
});
export type AuditReport = z.infer<typeof AuditReport>;

/** What the books are held against: what the services began with, what was ordered, and what was answered. */
export interface AuditEvidence {
  readonly opening: OpeningBooks;
  readonly orders: readonly PlannedOrder[];
  readonly answers: readonly ReplayAnswer[];
}

/** Holds the books of the four services against the evidence and against each other. */
export function audit(books: Books, { opening, orders, answers }: AuditEvidence): AuditReport {
  const counts: Partial<Record<FindingCode, number>> = {};
  const findings: Finding[] = [];
  for (const finding of [
    ...stockFindings(books, opening),
    ...moneyFindings(books, opening),
    ...couponFindings(books, opening),
    ...orderFindings(books, orders, answers),
  ]) {
    const count = (counts[finding.code] ?? 0) + 1;
    counts[finding.code] = count;
    if (count <= FINDINGS_PER_CODE_MAX) findings.push(finding);
  }
  const { stock, grants, wallets, journal } = books;
  return {
    ok: findings.length === 0,
    examined: {
      orders: orders.length,
      answers: answers.length,
      SKUs: stock.length,
      coupons: grants.length,
      wallets: wallets.length,
      bookings: journal.length,
    },
    counts,
    findings,
  };
}

/** The report for a person, as lines. */
export function auditText({ ok, examined, counts, findings }: AuditReport): string[] {
  const looked = Object.entries(examined).map(([what, count]) => `${count} ${what}`);
  if (ok) return [`The books balance: ${looked.join(', ')}.`];
  return [
    `The books do not balance (${looked.join(', ')}):`,
    ...Object.entries(counts).flatMap(([code, count]) => [
      `  ${code} ${count}: ${FINDINGS[code as FindingCode]}`,
      ...findings
        .filter((finding) => finding.code === code)
        .map(({ subject, detail }) => `    ${subject}: ${detail}`),
    ]),
  ];
}
