import type { Operation } from '@holdfast/protocol';
import type { DataSource } from 'typeorm';
import type { Answer, BranchCommand } from './branch-command.js';
import { claim, claimForced, look } from './fence-table.js';
import { forceBranches } from './force-attempt.js';
import { takeBackExpired } from './retention-horizon.js';
import { TimedOut } from './handler-failures.js';
import type { ParticipantObserver } from './participant-observer.js';
import type { ResourceHandler } from './resource-handler.js';
import { settleClaimed } from './settle-attempt.js';
import { TimeLimitPassed } from './sql-failures.js';
import { SqlTransaction } from './sql-transaction.js';
import { standingAnswer } from './standing-answer.js';
import type { Call } from './statement-chain.js';
import { tryClaimed } from './try-attempt.js';
import { VERDICTS, type Verdict } from './verdict.js';

/** Commands of one resource and operation, in the order of their branches, none twice. */
export interface CommandGroup<C extends BranchCommand = BranchCommand> {
  readonly handler: ResourceHandler;
  readonly operation: Operation;
  readonly commands: readonly C[];
}

/** What an attempt works with. */
export interface FenceSettings {
  readonly dataSource: DataSource;
  /** How far this database's clock may run ahead of the coordinators' before a Try that is in time counts as late. */
  readonly clockSkewMs: number;
  /** How old a command may be that finds no row of its branch, in milliseconds. */
  readonly retentionMs: number;
  readonly observer: ParticipantObserver;
}

/**
 * Fence and work of a group in one SQL transaction: claim the branches, answer those that stand, run the handler for
 * the rest, record the answers, commit. The answers may be told once this returns.
 * @throws whatever failed it; then nothing of it is left, or, after a DatabaseAway or CommitUnknown, nobody knows.
 */
export async function attemptGroup(
  group: CommandGroup,
  settings: FenceSettings,
): Promise<Map<BranchCommand, Answer>> {
  const { operation, handler } = group;
  const startedAt = performance.now();
  try {
    return await commitGroup(group, settings);
  } finally {
    settings.observer.attempted?.(operation, handler.resource, performance.now() - startedAt);
  }
}

async function commitGroup(
  group: CommandGroup,
  settings: FenceSettings,
): Promise<Map<BranchCommand, Answer>> {
  const { operation, handler } = group;
  const { observer } = settings;
  const tx = await SqlTransaction.open(settings.dataSource);
  const verdicts = new Map<Verdict, number>();
  const answers = new Map<BranchCommand, Answer>();
  let last: Call | undefined;
  try {
    last = await judgeAndRun(tx, group, settings, verdicts, answers);
  } catch (error) {
    if (!(error instanceof TimedOut)) throw await tx.rollback(error);
    await tx.abandon(handler.limitMs);
    throw error;
  }
  await tx.commit(last);
  observer.committed?.(tx.statements);
  for (const [verdict, count] of verdicts) observer.verdict?.(operation, handler.resource, verdict, count);
  return answers;
}

/** @returns the last statement, which goes with the commit. */
async function judgeAndRun(
  tx: SqlTransaction,
  { handler, operation, commands }: CommandGroup,
  { clockSkewMs, retentionMs }: FenceSettings,
  verdicts: Map<Verdict, number>,
  answers: Map<BranchCommand, Answer>,
): Promise<Call | undefined> {
  if (operation === 'force') {
    const claimed = await inTime(tx, handler, () => claimForced(tx, handler.resource, commands));
    for (const { row } of claimed) count(verdicts, VERDICTS.force[row.isNew ? 'absent' : row.state]);
    await forceBranches(tx, handler, await takeBackExpired(tx, claimed, retentionMs, answers), answers);
    return undefined;
  }
  const { claimed: taken, standing } = await inTime(tx, handler, () =>
    claim(tx, operation, handler.resource, commands, clockSkewMs),
  );
  const claimed = await takeBackExpired(tx, taken, retentionMs, answers);
  for (const { row } of claimed) count(verdicts, row.isNew ? VERDICTS[operation].absent : 'run');
  if (standing.length > 0) {
    for (const { command, row } of await look(tx, standing)) {
      count(verdicts, VERDICTS[operation][row.state]);
      answers.set(command, standingAnswer(command, row));
    }
  }
  if (operation === 'try') return tryClaimed(tx, handler, claimed, answers);
  await settleClaimed(tx, handler, operation, claimed, answers);
  return undefined;
}

/** Somebody else may hold the rows: waiting for them has the limit that a handler has. */
async function inTime<T>(
  tx: SqlTransaction,
  { limitMs }: ResourceHandler,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await tx.within(limitMs, work);
  } catch (error) {
    throw error instanceof TimeLimitPassed ? new TimedOut('FENCE_TIMEOUT', error) : error;
  }
}

function count(verdicts: Map<Verdict, number>, verdict: Verdict): void {
  verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
}
