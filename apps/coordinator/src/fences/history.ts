import { birthOf } from '@holdfast/protocol';

/** For how long finished transactions are kept. */
export interface History {
  readonly retentionMs: number;
  /** How much sooner a transaction that is not known counts as forgotten, whatever the clocks say. */
  readonly marginMs: number;
}

/** The age from which a transaction that is not known may have been, and have left history since. */
export function forgottenAfterMs({ retentionMs, marginMs }: History): number {
  return retentionMs - marginMs;
}

/** Whether nobody can tell any more what became of a transaction that is not known. A younger one never was. */
export function isForgotten(xid: string, now: number, history: History): boolean {
  return birthOf(xid) <= now - forgottenAfterMs(history);
}
