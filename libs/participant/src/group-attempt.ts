import type { Decision, Operation } from '@holdfast/protocol';
import type { DataSource } from 'typeorm';
import type { Answer, BranchCommand } from './branch-command.js';
import {
  CLAIMED_STATE,
  claim,
  claimForced,
  entering,
  look,
  moving,
  recording,
  type ClaimedRow,
  type TryRecord,
} from './fence-table.js';
import { forceBranches } from './force-attempt.js';
import { takeBackExpired } from './retention-horizon.js';
import { HandlerFailed, TimedOut } from './handler-failures.js';
import type { ParticipantObserver } from './participant-observer.js';
import type { RecentTries } from './recent-tries.js';
import type { ResourceHandler } from './resource-handler.js';
import { settleClaimed } from './settle-attempt.js';
import { TimeLimitPassed } from './sql-failures.js';
import { isContention, rowsStandOtherwise } from './sql-states.js';
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

/** What a claim would give of a branch that was absent. */
const NEW_ROW: ClaimedRow = { state: 'trying', answer: null, isNew: true };

/** What an attempt works with. */
export interface FenceSettings {
  readonly dataSource: DataSource;
  /** How far this database's clock may run ahead of the coordinators' before a Try that is in time counts as late. */
  readonly clockSkewMs: number;
  /** How old a command may be that finds no row of its branch, in milliseconds. */
  readonly retentionMs: number;
  readonly recentTries: RecentTries;
  readonly observer: ParticipantObserver;
}

/**
 * Fence and work of a group in one SQL transaction. The answers may be told once this returns.
 * @throws whatever failed it; then nothing of it is left, or, after a DatabaseAway or CommitUnknown, nobody knows.
 */
export async function attemptGroup(
  group: CommandGroup,
  settings: FenceSettings,
): Promise<Map<BranchCommand, Answer>> {
  const { operation, handler } = group;
  const startedAt = performance.now();
  try {
    const answers = await attemptUnclaimed(group, settings);
    return answers ?? (await commitGroup(group, settings, judgeAndRun));
  } finally {
    settings.observer.attempted?.(operation, handler.resource, performance.now() - startedAt);
  }
}

/**
 * Commands that are sent for the first time find their fence as they should, all but always: no row of a Try, and of a
 * Confirm or Cancel the row that this process has written. Then the handler runs at once, and one statement that
 * travels with the commit enters the rows or moves them on, instead of a claim before: a round trip less
 * (docs/decisions/0008, 0015). It fails if a row stands otherwise, and takes the handler's work with it.
 * @returns undefined if a claim has to find out what stands.
 */
async function attemptUnclaimed(
  group: CommandGroup,
  settings: FenceSettings,
): Promise<Map<BranchCommand, Answer> | undefined> {
  const { operation, commands } = group;
  if (!commands.every(({ attempt }) => attempt === 1)) return undefined;
  if (operation === 'try') return attemptAsNew(group, settings);
  if (operation === 'confirm' || operation === 'cancel') return attemptAsTried(group, operation, settings);
  return undefined;
}

/** Tries of branches that have no row. That they had none their rows' key says. */
async function attemptAsNew(
  group: CommandGroup,
  settings: FenceSettings,
): Promise<Map<BranchCommand, Answer> | undefined> {
  const { handler, commands } = group;
  const lateAt = lateAtOf(commands, settings);
  if (lateAt <= Date.now()) return undefined;
  let records: readonly TryRecord[] = [];
  try {
    const answers = await commitGroup(group, settings, async (tx, _group, _settings, verdicts, found) => {
      verdicts.set(VERDICTS.try.absent, commands.length);
      const fresh = commands.map((command) => ({ command, row: NEW_ROW }));
      records = await tryClaimed(tx, handler, fresh, found);
      return entering(handler.resource, records, lateAt);
    });
    settings.recentTries.add(records);
    return answers;
  } catch (error) {
    if (rowsStandOtherwise(error)) return undefined;
    throw error;
  }
}

/** Confirms or Cancels of branches whose Tries this process has committed. That nothing came since their rows say. */
async function attemptAsTried(
  group: CommandGroup,
  operation: Decision,
  settings: FenceSettings,
): Promise<Map<BranchCommand, Answer> | undefined> {
  const { handler, commands } = group;
  const reservations = settings.recentTries.reservationsOf(commands);
  if (!reservations) return undefined;
  try {
    return await commitGroup(group, settings, async (tx, _group, _settings, verdicts, answers) => {
      verdicts.set(VERDICTS[operation].tried, commands.length);
      const claimed = commands.map((command, position) => ({
        command,
        row: { state: CLAIMED_STATE[operation], answer: reservations[position], isNew: false },
      }));
      await settleClaimed(tx, handler, operation, claimed, answers);
      return moving(operation, handler.resource, commands);
    });
  } catch (error) {
    // Of what a handler did to a branch that is settled already, anything may come.
    if (rowsStandOtherwise(error) || isContention(error) || error instanceof HandlerFailed) return undefined;
    throw error;
  }
}

/** What a group does in its SQL transaction; it returns the last statement, which goes with the commit. */
type Work = (
  tx: SqlTransaction,
  group: CommandGroup,
  settings: FenceSettings,
  verdicts: Map<Verdict, number>,
  answers: Map<BranchCommand, Answer>,
) => Promise<Call | undefined>;

async function commitGroup(
  group: CommandGroup,
  settings: FenceSettings,
  work: Work,
): Promise<Map<BranchCommand, Answer>> {
  const { operation, handler } = group;
  const { observer } = settings;
  const tx = await SqlTransaction.open(settings.dataSource);
  const verdicts = new Map<Verdict, number>();
  const answers = new Map<BranchCommand, Answer>();
  let last: Call | undefined;
  try {
    last = await work(tx, group, settings, verdicts, answers);
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

/** When the first of the commands is past its deadline, or past the retention, as the claim would see it. */
function lateAtOf(commands: readonly BranchCommand[], { clockSkewMs, retentionMs }: FenceSettings): number {
  return commands.reduce(
    (earliest, { deadlineAt = Infinity, issuedAt }) =>
      Math.min(earliest, deadlineAt + clockSkewMs, issuedAt + retentionMs),
    Infinity,
  );
}

/** Claims the branches, answers those that stand, and runs the handler for the rest. */
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
  if (operation === 'try') {
    const records = await tryClaimed(tx, handler, claimed, answers);
    return records.length > 0 ? recording(handler.resource, records) : undefined;
  }
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
