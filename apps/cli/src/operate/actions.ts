import { TransactionDetail, TransactionSummary } from '@holdfast/protocol';
import { CommandError, EXIT, type ExitCode } from '../exit-code.js';
import type { Call } from '../rest/call.js';
import { confirmed } from './confirmation.js';
import { detailText, flagsText } from './transaction-text.js';
import { transactionPath } from './transactions.js';

/** Actions that destroy nothing, on one transaction or several. */
export interface HarmlessAction {
  readonly name: 'retry' | 'pause' | 'resume';
  readonly reason: string;
  /** With retry: only these. */
  readonly branchIds?: readonly string[];
}

/** Each by itself: one that is refused stops no other. Only some of several done is exit code 3. */
export async function actOnEach(
  { coordinator, terminal, answer }: Call,
  xids: readonly string[],
  { name, reason, branchIds }: HarmlessAction,
): Promise<ExitCode> {
  const done: unknown[] = [];
  const failures: CommandError[] = [];
  for (const xid of xids) {
    try {
      const path = transactionPath(xid, `/actions/${name}`);
      const body = { reason, ...(branchIds && { branchIds }) };
      const { body: after, raw } = await coordinator.post(path, body, TransactionSummary);
      done.push(raw);
      answer(raw, () => `${name} ${xid}: done. ${standingText(after)}`);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      failures.push(error);
      terminal.warn(xids.length > 1 ? `${xid}: ${error.message}` : error.message);
    }
  }
  if (failures.length > 0 && done.length > 0) return EXIT.partly;
  return failures[0]?.exitCode ?? EXIT.ok;
}

export interface AcknowledgeOptions {
  readonly reason: string;
  readonly evidence: string;
}

/** Says how the contradiction of one branch was settled; it changes nothing else, so nobody is asked. */
export async function acknowledge(
  { coordinator, answer }: Call,
  xid: string,
  branchId: string,
  { reason, evidence }: AcknowledgeOptions,
): Promise<ExitCode> {
  const path = transactionPath(xid, '/actions/acknowledge');
  const { body: after, raw } = await coordinator.post(
    path,
    { branchId, reason, evidence },
    TransactionSummary,
  );
  answer(raw, () => `${xid}: done. ${standingText(after)}`);
  return EXIT.ok;
}

export interface CancelOptions {
  readonly reason: string;
  readonly yes: boolean;
}

/** Shows what is there, asks, and cancels exactly that: what has changed meanwhile is exit code 5. */
export async function cancelTransaction(
  call: Call,
  xid: string,
  { reason, yes }: CancelOptions,
): Promise<ExitCode> {
  const path = transactionPath(xid, '/actions/cancel');
  const effect = 'It is cancelled: every branch gives back what it froze. This cannot be taken back.';
  return destroy(call, xid, { path, body: { reason }, effect, yes });
}

export interface ForceOptions extends CancelOptions {
  readonly evidence: string;
  readonly participantGone: boolean;
}

/** Ends one branch that does not follow the decision by itself. */
export async function forceResolve(
  call: Call,
  xid: string,
  branchId: string,
  { reason, evidence, participantGone, yes }: ForceOptions,
): Promise<ExitCode> {
  const path = transactionPath(xid, '/actions/force-resolve');
  const body = { branchId, reason, evidence, participantGone };
  const who = participantGone ? 'without its participant' : 'once its participant acknowledges it';
  const effect =
    `Branch ${branchId} is ended by force ${who}: no Confirm or Cancel of it acts any more, and what it froze stays ` +
    'frozen unless its handler settles it. This cannot be taken back.';
  return destroy(call, xid, { path, body, effect, yes });
}

interface Destruction {
  readonly path: string;
  readonly body: object;
  readonly effect: string;
  readonly yes: boolean;
}

async function destroy(
  { coordinator, terminal, answer, now }: Call,
  xid: string,
  { path, body, effect, yes }: Destruction,
): Promise<ExitCode> {
  const { body: before, etag } = await coordinator.get(transactionPath(xid), TransactionDetail);
  if (etag === null) throw new CommandError('The coordinator sent no ETag, so nothing can be said to stand.');
  terminal.warn(`${detailText(before, now)}\n\n${effect}`);
  if (!yes && !(await confirmed(terminal))) {
    terminal.warn('Nothing was done.');
    return EXIT.error;
  }
  const { body: after, raw } = await coordinator.post(path, body, TransactionSummary, { 'if-match': etag });
  answer(raw, () => `${xid}: done. ${standingText(after)}`);
  return EXIT.ok;
}

function standingText(transaction: TransactionSummary): string {
  const flags = flagsText(transaction);
  return `It is ${transaction.phase}${flags === null ? '' : `, ${flags}`}.`;
}
