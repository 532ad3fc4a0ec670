import type {
  OperationView,
  TransactionDetail,
  TransactionExplanation,
  TransactionHistory,
  TransactionListItem,
} from '@holdfast/protocol';
import { shortened } from '../text/printable.js';
import { textList, textTable, type Cell } from '../text/table.js';
import { agoText } from '../text/time-text.js';

const ERROR_CHARACTERS_MAX = 60;

type Standing = Pick<TransactionListItem, 'paused' | 'hung' | 'contradicted' | 'forced'>;
type ErrorView = { readonly code: string; readonly message: string } | null;

/** What operators have to know besides the phase. */
export function flagsText({ paused, hung, contradicted, forced }: Standing): string | null {
  const flags = [
    hung && `hung (${hung.code})`,
    contradicted && 'contradicted',
    paused && 'paused',
    forced && 'forced',
  ].filter(Boolean);
  return flags.length > 0 ? flags.join(', ') : null;
}

export function errorText(error: ErrorView): string | null {
  return error && shortened(`${error.code}: ${error.message}`, ERROR_CHARACTERS_MAX);
}

export function listText(items: readonly TransactionListItem[], now: number): string {
  if (items.length === 0) return 'There are none.';
  return textTable(
    ['XID', 'NAME', 'REFERENCE', 'PHASE', 'STANDING', 'BEGUN', 'ENDED'],
    items.map((item) => [
      item.xid,
      item.name,
      item.reference,
      item.phase,
      flagsText(item),
      agoText(item.beganAt, now),
      agoText(item.endedAt, now),
    ]),
  );
}

/** The branch by operation matrix. */
export function detailText(transaction: TransactionDetail, now: number): string {
  const { paused, reason } = transaction;
  const head: [string, Cell][] = [
    ['xid', transaction.xid],
    ['name', transaction.name],
    ['reference', transaction.reference],
    ['phase', transaction.phase],
    ['standing', flagsText(transaction)],
    ['reason', reason && `${reason.code}: ${reason.message}`],
    ['paused', paused && `${agoText(paused.since, now)} by ${paused.actor}: ${paused.reason}`],
    ['begun', `${transaction.beganAt} (${agoText(transaction.beganAt, now)})`],
    ['deadline', transaction.deadlineAt],
    ['confirm from', transaction.confirmNotBefore],
    ['decided', transaction.decidedAt],
    ['ended', transaction.endedAt],
    ['looked at next', agoText(transaction.wakeAt, now)],
  ];
  return `${textList(head.filter(([, value]) => value !== null))}\n\n${matrixText(transaction, now)}`;
}

function matrixText({ branches }: TransactionDetail, now: number): string {
  return textTable(
    ['BRANCH', 'PARTICIPANT', 'RESOURCE', 'STATE', 'TRY', 'CONFIRM', 'CANCEL', 'NEXT', 'LAST ERROR'],
    branches.map(({ operations, ...branch }) => {
      const { try: tried, confirm, cancel } = operations;
      const last = [cancel, confirm, tried].find(({ attempts }) => attempts > 0) ?? tried;
      return [
        ...[branch.branchId, branch.participant, branch.resource, branch.state],
        ...[tried, confirm, cancel].map(operationText),
        agoText(last.nextAt, now),
        errorText(branch.refusal ?? last.lastError),
      ];
    }),
  );
}

/** Its state, and how often it was sent. */
function operationText({ state, attempts }: OperationView): string | null {
  return state === 'none' ? null : `${state} ×${attempts}`;
}

export function explanationText(explanation: TransactionExplanation, now: number): string {
  const { code, sentence, nextAt, runbook, branches } = explanation;
  const head: [string, Cell][] = [
    ['code', code],
    ['why', sentence],
    ['next', agoText(nextAt, now)],
    ['runbook', runbook],
  ];
  const table = textTable(
    ['BRANCH', 'PARTICIPANT', 'RESOURCE', 'OPERATION', 'CODE', 'SINCE', 'ATTEMPTS', 'NEXT', 'LAST ERROR'],
    branches.map((branch) => [
      ...[branch.branchId, branch.participant, branch.resource, branch.operation, branch.code],
      ...[agoText(branch.since, now), branch.attempts, agoText(branch.nextAt, now)],
      errorText(branch.lastError),
    ]),
  );
  const sentences = branches.map((branch) => `${branch.branchId}: ${branch.sentence}`);
  return [textList(head), ...(branches.length > 0 ? ['', table, '', ...sentences] : [])].join('\n');
}

export function historyText({ items, omitted }: TransactionHistory): string {
  const table = textTable(
    ['SENT', 'BRANCH', 'OPERATION', 'ATTEMPT', 'OUTCOME', 'ANSWERED', 'ERROR'],
    items.map((attempt) => [
      ...[attempt.sentAt, attempt.branchId, attempt.operation, attempt.attempt, attempt.outcome],
      ...[attempt.answeredAt, errorText(attempt.error)],
    ]),
  );
  return omitted > 0
    ? `${table}\n${omitted} more attempts were made; of many, the first and the last are kept.`
    : table;
}
