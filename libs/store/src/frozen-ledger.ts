import type { Branch, Transaction } from '@holdfast/core';
import type { DataSource } from 'typeorm';
import { Database } from './database.js';
import { LIST_BRANCHES } from './sql/frozen.js';
import { progressOf } from './transaction-row.js';
import type { StoredProgress } from './transaction-row.js';

export interface FrozenFilter {
  readonly participant?: string;
  readonly resource?: string;
  /** Begun before this, in milliseconds since 1970. */
  readonly begunBefore?: number;
}

/** A branch that holds something, or may. */
export interface FrozenBranch
  extends
    Pick<Transaction, 'xid' | 'name' | 'reference' | 'phase' | 'beganAt'>,
    Pick<Branch, 'branchId' | 'participant' | 'resource' | 'try' | 'settle'> {}

export type FrozenPosition = Pick<FrozenBranch, 'xid' | 'branchId'>;

type BranchRow = Omit<FrozenBranch, 'beganAt' | 'try' | 'settle'> & {
  readonly began_at: number;
  readonly ended_at: number | null;
  readonly progress: StoredProgress;
};

/** Branches that one page looks at. */
const LOOKED_AT_MAX = 1_000;

/** What participants hold, by the coordinator's rows: what was begun longest ago first. */
export class FrozenLedger {
  private readonly database: Database;

  /** @param lookedAtMax how many branches one page looks at. */
  constructor(
    dataSource: DataSource,
    private readonly lookedAtMax = LOOKED_AT_MAX,
  ) {
    this.database = new Database(dataSource);
  }

  /**
   * One page of at most `limit`; it may hold fewer although there is a next one.
   * @param after where the page before ended.
   */
  async page(
    { participant, resource, begunBefore }: FrozenFilter,
    limit: number,
    after: FrozenPosition | null = null,
  ): Promise<{ rows: FrozenBranch[]; next: FrozenPosition | null }> {
    const looked = await this.database.run<BranchRow>(LIST_BRANCHES, [
      ...[participant, resource, begunBefore, after?.xid, after?.branchId, this.lookedAtMax],
    ]);
    const held = looked.filter(holds);
    const isWhole = looked.length < this.lookedAtMax;
    const last = held.length > limit ? held[limit - 1] : isWhole ? undefined : looked.at(-1);
    return {
      rows: held.slice(0, limit).map(frozenBranch),
      next: last ? { xid: last.xid, branchId: last.branchId } : null,
    };
  }
}

/** What was tried, did not refuse and has not followed the decision; after the end, what an operator forced. */
function holds({ ended_at, progress: { try: first, settle, force } }: BranchRow): boolean {
  if (settle.state === 'forced') return !force?.settled;
  // What is said against the decision after the end is raised as a contradiction; all has followed by then.
  if (ended_at !== null) return false;
  return first.state !== 'refused' && settle.state !== 'done';
}

function frozenBranch({ began_at, ended_at: _, progress, ...row }: BranchRow): FrozenBranch {
  return { ...row, ...progressOf(progress), beganAt: began_at };
}
