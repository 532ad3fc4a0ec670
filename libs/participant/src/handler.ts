import type { BranchDefinition, Decision, Input, Reservation } from '@holdfast/protocol';
import type { EntityManager } from 'typeorm';
import type { Refusal } from './refusal.js';
import type { PreparedStatement } from './statement-chain.js';

/** What a statement gave. */
export interface SqlResult<Row> {
  readonly rows: Row[];
  /** Rows read or written. */
  readonly rowCount: number;
}

/** Statements in the SQL transaction of the fence rows: what they do commits or rolls back together with them. */
export interface Sql {
  /**
   * Runs one statement with `$1`, `$2`, ... bound to `values`. Rejects once the handler's time is over.
   * @param statement its text; or with a name, under which each connection keeps it parsed, and may keep its plan. One
   *   name means one text; names that begin with `holdfast_` are taken.
   */
  query<Row = Record<string, unknown>>(
    statement: string | PreparedStatement,
    values?: readonly unknown[],
  ): Promise<SqlResult<Row>>;
}

/** What a handler works with when it gets several branches at once. */
export interface BatchContext {
  readonly sql: Sql;
  /** TypeORM on the same SQL transaction. Made when first asked for: plain statements are cheaper. */
  readonly manager: EntityManager;
}

/** What a handler works with when it gets one branch. */
export interface BranchContext extends BatchContext {
  readonly xid: string;
  readonly branchId: string;
}

export type TryContext = BranchContext;

/** One Try of a batch. */
export interface TryItem<B extends BranchDefinition> {
  readonly xid: string;
  readonly branchId: string;
  readonly input: Input<B>;
}

/** One Confirm or Cancel of a batch. */
export interface SettleItem<B extends BranchDefinition> {
  readonly xid: string;
  readonly branchId: string;
  /** What this branch's Try answered, from the fence row. */
  readonly reservation: Reservation<B>;
}

/** Why an operator ended a branch by force. */
export interface ForceEvidence {
  /** What was decided, and this branch did not follow. */
  readonly decision: Decision;
  /** What the operator says of how the branch really stands. */
  readonly text: string;
}

/**
 * What a participant does for one kind of branch. Each method runs at most once with effect for a branch, whatever is
 * repeated or late, in the SQL transaction of the branch's fence row. Whatever it throws means that the outcome is
 * unknown: its work is rolled back and the command is sent again. Calls to the outside world do not belong in it.
 *
 * The `...Many` forms get several branches at once, never one branch twice, and are used where they exist.
 */
export interface TccHandler<B extends BranchDefinition> {
  /** Freezes the resource and answers what Confirm and Cancel will need, or refuses and leaves no effect. */
  try(ctx: TryContext, input: Input<B>): Promise<Reservation<B> | Refusal>;
  /** Takes what Try froze. It has no way to say no. */
  confirm(ctx: BranchContext, reservation: Reservation<B>): Promise<void>;
  /** Gives back what Try froze. It has no way to say no. */
  cancel(ctx: BranchContext, reservation: Reservation<B>): Promise<void>;
  /**
   * Settles what Try froze once an operator has ended the branch by force: no Confirm or Cancel of it acts any more.
   * Without it, what was frozen stays, and the coordinators keep listing it.
   */
  forced?(ctx: BranchContext, reservation: Reservation<B>, evidence: ForceEvidence): Promise<void>;
  /** Answers in the order of the items. Refused items must leave no effect: nothing rolls them back one by one. */
  tryMany?(ctx: BatchContext, items: readonly TryItem<B>[]): Promise<readonly (Reservation<B> | Refusal)[]>;
  confirmMany?(ctx: BatchContext, items: readonly SettleItem<B>[]): Promise<void>;
  cancelMany?(ctx: BatchContext, items: readonly SettleItem<B>[]): Promise<void>;
}
