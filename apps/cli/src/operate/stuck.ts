import { TransactionExplanation, TransactionList, type TransactionListItem } from '@holdfast/protocol';
import { EXIT, type ExitCode } from '../exit-code.js';
import type { Call } from '../rest/call.js';
import { textTable } from '../text/table.js';
import { agoText } from '../text/time-text.js';
import { errorText } from './transaction-text.js';
import { moreText, transactionPath } from './transactions.js';

/** As many as one look takes in; each is explained by a call of its own. */
const SHOWN_DEFAULT = '20';

export interface StuckOptions {
  /** Also what is not hung, if it is this old; only what is hung unless given. */
  readonly olderThan?: string;
  readonly limit?: string;
  readonly cursor?: string;
}

/** What hangs, and why: a line for each branch that is waited for. */
export async function stuck(
  { coordinator, answer, now }: Call,
  { olderThan, limit = SHOWN_DEFAULT, cursor }: StuckOptions,
): Promise<ExitCode> {
  const filter = olderThan === undefined ? { hung: 'true' } : { olderThan };
  const list = await coordinator.get('/v1/transactions', TransactionList, { ...filter, limit, cursor });
  const { items, next } = list.body;
  const explanations = await Promise.all(
    items.map(({ xid }) => coordinator.get(transactionPath(xid, '/explain'), TransactionExplanation)),
  );
  const stuckItems = items.map((item, at) => ({ ...item, explanation: explanations[at]?.raw }));
  answer({ items: stuckItems, next }, () => {
    if (items.length === 0)
      return olderThan === undefined ? 'Nothing hangs.' : `Nothing unresolved is older than ${olderThan}.`;
    const rows = items.flatMap((item, at) => rowsOf(item, explanations[at]?.body, now));
    const headings = [
      'XID',
      'NAME',
      'PHASE',
      'BEGUN',
      'CODE',
      'BRANCH',
      'PARTICIPANT',
      'ATTEMPTS',
      'NEXT',
      'LAST ERROR',
    ];
    return `${textTable(headings, rows)}${moreText(next)}\n\nOne of them in full, with its runbook: holdfast tx explain ${items[0]?.xid}`;
  });
  return EXIT.ok;
}

function rowsOf(
  { xid, name, phase, beganAt }: TransactionListItem,
  explanation: TransactionExplanation | undefined,
  now: number,
) {
  const head = [xid, name, phase, agoText(beganAt, now)];
  const { branches = [], code = null } = explanation ?? {};
  if (branches.length === 0) return [[...head, code, null, null, null, null, null]];
  return branches.map((branch) => [
    ...head,
    ...[branch.code, branch.branchId, branch.participant, branch.attempts, agoText(branch.nextAt, now)],
    errorText(branch.lastError),
  ]);
}
