import type { BatchItem, BatchNote, BatchStore, RunningBatch } from '@holdfast/store';
import type { InputResult } from '../engine/input.js';
import { RateBudget } from './rate-budget.js';
import type { TransactionActions } from './transaction-actions.js';

/** How long a claim lasts, in milliseconds: whoever works on a batch renews it at each tick. */
const LEASE_MS = 2_000;
/** How often an instance without a batch looks for one that somebody left, in milliseconds. */
const LOOK_EVERY_MS = 5_000;

/**
 * Works on operators' batches: on those that were made here, and on those whose coordinator died. An item that was done
 * and not noted is done again, which changes nothing: its state is the one that was asked for, or another than was
 * meant.
 */
export class BatchRunner {
  private readonly budgets = new Map<string, RateBudget>();
  private ticking: Promise<void> | undefined;
  private lookAt = 0;
  private stopped = false;

  /**
   * @param lives whether this instance may claim to live: others take its batches over where it may not.
   * @param failed is told what went wrong; it is tried again.
   */
  constructor(
    private readonly store: BatchStore,
    private readonly actions: Pick<TransactionActions, 'submit'>,
    private readonly lives: () => boolean,
    private readonly failed: (error: Error) => void,
  ) {}

  /** Looks for work at the next tick. */
  wake(): void {
    this.lookAt = 0;
  }

  /** One bounded round. A tick that finds another one running waits for that one instead. */
  async tick(now = performance.now()): Promise<void> {
    if (this.stopped || !this.lives() || (this.budgets.size === 0 && now < this.lookAt)) return;
    this.ticking ??= this.round(now)
      .catch(this.failed)
      .finally(() => (this.ticking = undefined));
    await this.ticking;
  }

  /** Lets the running round end; no other begins. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.ticking;
  }

  private async round(now: number): Promise<void> {
    this.lookAt = now + LOOK_EVERY_MS;
    const batches = await this.store.claim(LEASE_MS);
    const running = new Set(batches.map(({ batchId }) => batchId));
    for (const batchId of this.budgets.keys()) if (!running.has(batchId)) this.budgets.delete(batchId);
    await Promise.all(batches.map((batch) => this.work(batch, now)));
  }

  private async work(batch: RunningBatch, now: number): Promise<void> {
    const { batchId, ratePerSecond } = batch;
    const budget = this.budgets.get(batchId) ?? new RateBudget(ratePerSecond, now);
    this.budgets.set(batchId, budget);
    const count = budget.take(now);
    if (count === 0) return;
    const items = await this.store.nextItems(batchId, count);
    await this.store.note(batchId, await Promise.all(items.map((item) => this.carryOut(batch, item))));
    if (items.length < count) await this.store.endIfDone(batchId);
  }

  private async carryOut(batch: RunningBatch, { xid, etag }: BatchItem): Promise<BatchNote> {
    const { batchId, action, reason, createdBy: actor } = batch;
    const result = await this.actions.submit(xid, { action, actor, reason, batchId, ifMatch: [etag] });
    return { xid, ...outcomeOf(result) };
  }
}

function outcomeOf(result: InputResult): Pick<BatchNote, 'state' | 'detail'> {
  switch (result.type) {
    case 'notFound':
      return { state: 'skipped', detail: 'There is no such transaction any more.' };
    case 'failed':
      return { state: 'failed', detail: `It is unknown whether it was done (${result.error.message}).` };
    case 'applied': {
      const { rejection } = result;
      return rejection
        ? { state: 'skipped', detail: `${rejection.code}: ${rejection.detail}` }
        : { state: 'done', detail: null };
    }
  }
}
