import type { AuditedAction } from '@holdfast/protocol';

/** One action of an operator. Its row is added and never changed: the database refuses all else. */
export interface AuditRecord {
  /** Milliseconds since 1970 by the database's clock. */
  readonly at: number;
  /** The credential's owner. */
  readonly actor: string;
  /** What was asked for, such as `retry`. */
  readonly action: AuditedAction;
  readonly reason: string;
  readonly xid?: string;
  readonly branchId?: string;
  readonly participant?: string;
  readonly batchId?: string;
  readonly evidence?: string;
  /** What came of it: `applied`, `unchanged`, or the code with which it was turned down. */
  readonly result: string;
}
