import {
  LIST_LIMIT_MAX,
  TransactionDetail,
  TransactionExplanation,
  TransactionHistory,
  TransactionList,
} from '@holdfast/protocol';
import { EXIT, type ExitCode } from '../exit-code.js';
import type { Call } from '../rest/call.js';
import type { Query } from '../rest/coordinator.js';
import { detailText, explanationText, historyText, listText } from './transaction-text.js';

export function transactionPath(xid: string, rest = ''): string {
  return `/v1/transactions/${encodeURIComponent(xid)}${rest}`;
}

export async function listTransactions({ coordinator, answer, now }: Call, query: Query): Promise<ExitCode> {
  const { body, raw } = await coordinator.get('/v1/transactions', TransactionList, query);
  answer(raw, () => `${listText(body.items, now)}${moreText(body.next)}`);
  return EXIT.ok;
}

export function moreText(next: string | null): string {
  return next === null ? '' : `\n\nThere are more: add --cursor ${next}`;
}

/** The xids alone, of all pages, a line each: for `xargs`. */
export async function listXids({ coordinator, terminal }: Call, query: Query): Promise<ExitCode> {
  for (let cursor = query['cursor'], more = true; more;) {
    const page = { ...query, limit: query['limit'] ?? String(LIST_LIMIT_MAX), cursor };
    const { items, next } = (await coordinator.get('/v1/transactions', TransactionList, page)).body;
    for (const { xid } of items) terminal.print(xid);
    cursor = next ?? undefined;
    more = next !== null;
  }
  return EXIT.ok;
}

export async function getTransaction({ coordinator, answer, now }: Call, xid: string): Promise<ExitCode> {
  const { body, raw } = await coordinator.get(transactionPath(xid), TransactionDetail);
  answer(raw, () => detailText(body, now));
  return EXIT.ok;
}

export async function explainTransaction({ coordinator, answer, now }: Call, xid: string): Promise<ExitCode> {
  const { body, raw } = await coordinator.get(transactionPath(xid, '/explain'), TransactionExplanation);
  answer(raw, () => explanationText(body, now));
  return EXIT.ok;
}

export async function transactionHistory({ coordinator, answer }: Call, xid: string): Promise<ExitCode> {
  const { body, raw } = await coordinator.get(transactionPath(xid, '/history'), TransactionHistory);
  answer(raw, () => historyText(body));
  return EXIT.ok;
}
