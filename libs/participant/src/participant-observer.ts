import type { Operation } from '@holdfast/protocol';
import type { Answer, BranchCommand } from './branch-command.js';
import type { Verdict } from './verdict.js';

/** Told what a participant does. All methods must return at once and never throw. */
export interface ParticipantObserver {
  /** A batch of commands arrived. */
  batch?(commands: number): void;
  /** An SQL transaction ended with COMMIT, after so many statements besides BEGIN and COMMIT. */
  committed?(statements: number): void;
  /** So many commands of a group got this verdict of the fence. */
  verdict?(operation: Operation, resource: string, verdict: Verdict, commands: number): void;
  /** So many commands of a group were answered so; those that were answered `failed` come by the method of that name. */
  answered?(operation: Operation, resource: string, outcome: Answer['outcome'], commands: number): void;
  /** A group's SQL transaction took so long, whatever came of it. */
  attempted?(operation: Operation, resource: string, durationMs: number): void;
  /** A command was answered `failed`. */
  failed?(
    operation: Operation,
    resource: string,
    code: string,
    error: unknown,
    command: Pick<BranchCommand, 'xid' | 'branchId' | 'attempt' | 'traceParent'>,
  ): void;
  /** A repeat of a failed command was dropped, because it still runs or because the lane is full. */
  dropped?(operation: Operation, resource: string): void;
  /** The coordinators were asked about so many branches that are still frozen past their deadlines. */
  inquired?(branches: number): void;
  /** Nobody knows any more what was decided about this branch; it stays frozen until a person has looked at it. */
  forgotten?(xid: string, branchId: string): void;
  /** So many rows of settled branches were removed from the fence. */
  cleaned?(rows: number): void;
  /** The fence could not be looked after; it is tried again with the next sweep. */
  sweepFailed?(error: unknown): void;
  /** The database did not answer or refused to; the commands are delivered again. */
  databaseAway?(error: unknown): void;
}
