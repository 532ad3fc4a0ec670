import type { CleanupQuestion } from '@holdfast/protocol';
import type { TransactionEndings } from '@holdfast/store';
import type { CommandPublisher } from '../engine/command-publisher.js';
import type { DatabaseClock } from '../engine/database-clock.js';
import { forgottenAfterMs, isForgotten } from './history.js';
import type { History } from './history.js';

/** Tells participants which rows of their fences no command needs any more. */
export class CleanupDesk {
  constructor(
    private readonly endings: TransactionEndings,
    private readonly publisher: CommandPublisher,
    private readonly clock: DatabaseClock,
    private readonly history: History,
  ) {}

  /** Reads the ends in one statement, and names the rows that may go, if there are any. */
  async answer({ participant, endedForMs, branches }: CleanupQuestion): Promise<void> {
    const endings = await this.endings.of([...new Set(branches.map(({ xid }) => xid))]);
    const now = this.clock.now();
    const removable = branches.filter(({ xid }) => this.mayGo(xid, endings.get(xid), now, endedForMs));
    if (removable.length === 0) return;
    const answer = { v: 1, branches: removable } as const;
    await this.publisher.publish([this.publisher.notice('holdfast.cleanup-answer', answer, participant)]);
  }

  /** @param endedAt null while it has not ended, undefined where the transaction is not known. */
  private mayGo(xid: string, endedAt: number | null | undefined, now: number, endedForMs: number): boolean {
    if (endedAt !== undefined) return endedAt !== null && endedAt <= now - endedForMs;
    // What is forgotten ended as long ago as history goes back, and no more is known of it.
    return isForgotten(xid, now, this.history) && endedForMs <= forgottenAfterMs(this.history);
  }
}
