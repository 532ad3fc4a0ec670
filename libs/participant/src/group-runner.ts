import { setTimeout as delay } from 'node:timers/promises';
import { cleanText } from '@holdfast/protocol';
import type { Answer, BranchCommand } from './branch-command.js';
import { attemptGroup, type CommandGroup, type FenceSettings } from './group-attempt.js';
import { HandlerFailed, TimedOut } from './handler-failures.js';
import { CommitUnknown, ConnectionLost, DatabaseAway } from './sql-failures.js';
import { isContention } from './sql-states.js';

/** How often one command alone is tried again when it meets a deadlock or a failed serialisation. */
const CONTENTION_RETRIES_MAX = 8;
/** The longest pause before such a retry grows by this for each one so far, in milliseconds. */
const CONTENTION_PAUSE_MS = 20;

/** Takes what comes of commands. */
export interface GroupOutcome<C extends BranchCommand> {
  answered(command: C, answer: Answer): void;
  /** These run again one by one, elsewhere: another command of their group took too long. */
  setAside(commands: readonly C[]): void;
}

/**
 * Brings every command of a group to an answer, as far as that is possible now, so that a command that fails hurts
 * only itself: after a failure the group is cut in halves until the ones that fail stand alone.
 * @throws DatabaseAway; nothing is known then about the commands that have no answer yet.
 */
export async function runGroup<C extends BranchCommand>(
  group: CommandGroup<C>,
  settings: FenceSettings,
  outcome: GroupOutcome<C>,
  contentions = 0,
): Promise<void> {
  let answers: Map<BranchCommand, Answer>;
  try {
    answers = await attemptGroup(group, settings);
  } catch (error) {
    return recover(group, settings, outcome, error, contentions);
  }
  const counts = new Map<Answer['outcome'], number>();
  for (const command of group.commands) {
    const answer = answers.get(command) as Answer;
    outcome.answered(command, answer);
    counts.set(answer.outcome, (counts.get(answer.outcome) ?? 0) + 1);
  }
  const { operation, handler } = group;
  for (const [each, count] of counts) settings.observer.answered?.(operation, handler.resource, each, count);
}

async function recover<C extends BranchCommand>(
  group: CommandGroup<C>,
  settings: FenceSettings,
  outcome: GroupOutcome<C>,
  error: unknown,
  contentions: number,
): Promise<void> {
  if (error instanceof DatabaseAway) throw error;
  const { commands } = group;
  if (error instanceof TimedOut) {
    const culprit = commands.length === 1 ? commands[0] : error.culprit;
    for (const command of commands) if (command === culprit) fail(group, command, settings, outcome, error);
    return outcome.setAside(commands.filter((command) => command !== culprit));
  }
  const isAlone = commands.length === 1;
  const contends = isContention(error);
  if (isAlone && !(contends && contentions < CONTENTION_RETRIES_MAX))
    return fail(group, commands[0] as C, settings, outcome, error);
  // Jitter, so that those who met do not meet again.
  if (contends) await delay(Math.random() * CONTENTION_PAUSE_MS * (contentions + 1));
  const middle = Math.ceil(commands.length / 2);
  for (const part of [commands.slice(0, middle), commands.slice(middle)])
    if (part.length > 0)
      await runGroup({ ...group, commands: part }, settings, outcome, contends ? contentions + 1 : 0);
}

function fail<C extends BranchCommand>(
  { operation, handler }: CommandGroup,
  command: C,
  { observer }: FenceSettings,
  outcome: GroupOutcome<C>,
  error: unknown,
): void {
  const code = codeOf(error);
  observer.failed?.(operation, handler.resource, code, error, command);
  // Whether it took effect is unknown: silence makes it come again, and then the fence tells.
  if (error instanceof CommitUnknown) return;
  const message = cleanText(error instanceof Error ? error.message : String(error));
  outcome.answered(command, { outcome: 'failed', code, message, cause: error });
}

function codeOf(error: unknown): string {
  if (error instanceof TimedOut) return error.code;
  if (error instanceof ConnectionLost) return 'CONNECTION_LOST';
  if (error instanceof CommitUnknown) return 'COMMIT_UNKNOWN';
  if (isContention(error)) return 'CONTENTION';
  return error instanceof HandlerFailed ? 'HANDLER_FAILED' : 'FENCE_FAILED';
}
