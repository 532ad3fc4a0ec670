import type { Operation } from '@holdfast/protocol';
import type { DataSource } from 'typeorm';
import type { Answer, BranchCommand } from './branch-command.js';
import { claim, claimForced, entering, look, recording, type ClaimedRow } from './fence-table.js';
import { forceBranches } from './force-attempt.js';
import { takeBackExpired } from './retention-horizon.js';
import { TimedOut } from './handler-failures.js';
import type { ParticipantObserver } from './participant-observer.js';
import type { ResourceHandler } from './resource-handler.js';
import { settleClaimed } from './settle-attempt.js';
import { TimeLimitPassed } from './sql-failures.js';
import { wasNotNew } from './sql-states.js';
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
    const answers = await attemptAsNew(group, settings);
    return answers ?? (await commitGroup(group, settings, judgeAndRun));
  } finally {
    settings.observer.attempted?.(operation, handler.resource, performance.now() - startedAt);
  }
}

/**
 * A Try that is sent for the first time is new, all but always. Then its handler runs at once, and its row is entered
 * together with the answer and the commit, instead of a claim before and a record behind: a statement, a round trip
 * and a version of the row less (docs/decisions/0008). That it was new its row's key says: a rival's row fails the
 * statement, which takes the handler's work with it.
 * @returns undefined if a claim has to find out what stands.
 */
async function attemptAsNew(
  group: CommandGroup,
  settings: FenceSettings,
): Promise<Map<BranchCommand, Answer> | undefined> {
  const { operation, commands } = group;
  if (operation !== 'try' || !commands.every(({ attempt }) => attempt === 1)) return undefined;
  const lateAt = lateAtOf(commands, settings);
  if (lateAt <= Date.now()) return undefined;
  try {
    return await commitGroup(group, settings, (tx, { handler }, _, verdicts, answers) =>
      runAsNew(tx, handler, commands, lateAt, verdicts, answers),
    );
  } catch (error) {
    if (wasNotNew(error)) return undefined;
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

async function runAsNew(
  tx: SqlTransaction,
  handler: ResourceHandler,
  commands: readonly BranchCommand[],
  lateAt: number,
  verdicts: Map<Verdict, number>,
  answers: Map<BranchCommand, Answer>,
): Promise<Call> {
  verdicts.set(VERDICTS.try.absent, commands.length);
  const fresh = commands.map((command) => ({ command, row: NEW_ROW }));
  return entering(handler.resource, await tryClaimed(tx, handler, fresh, answers), lateAt);
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
