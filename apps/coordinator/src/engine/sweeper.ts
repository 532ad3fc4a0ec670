import type { InstanceStore, TransactionStore } from '@holdfast/store';
import type { DatabaseClock } from './database-clock.js';
import type { Engine } from './engine.js';
import type { EngineObserver } from './engine-observer.js';
import type { Waiters } from './waiters.js';

/** How long an instance counts as living after its last heartbeat, in milliseconds. */
export const LEASE_MS = 1_500;
const HEARTBEAT_EVERY_MS = 500;
const CLAIM_EVERY_MS = 500;
const RELEASE_EVERY_MS = 1_000;
/** The most that one tick claims. */
const CLAIM_LIMIT = 500;

/**
 * Sees to what time brings: deadlines and attempts of what this instance holds, what others left behind, and requests
 * that wait for a transaction which another instance holds.
 */
export class Sweeper {
  private ticking = false;
  private heartbeatAt = -Infinity;
  private claimAt = -Infinity;
  private releaseAt = -Infinity;

  /** @param isWorking whether consumer and producer work: without them this instance must not hold anything. */
  constructor(
    private readonly store: TransactionStore,
    private readonly instances: InstanceStore,
    private readonly engine: Engine,
    private readonly waiters: Waiters,
    private readonly clock: DatabaseClock,
    private readonly isWorking: () => boolean,
    private readonly observer: EngineObserver,
  ) {}

  /** One bounded round. A tick that finds another one running does nothing. */
  async tick(): Promise<void> {
    if (this.ticking) return;
    this.ticking = true;
    try {
      this.wakeHeld();
      if (this.isWorking()) await this.sweep(performance.now());
      await this.lookForWaiters();
    } catch (error) {
      this.observer.failed('the sweeper could not look after its work', error as Error);
    } finally {
      this.ticking = false;
    }
  }

  /** Says that this instance lives, and reads the database's clock. */
  async heartbeat(): Promise<void> {
    const askedAt = performance.now();
    this.clock.adjust(await this.instances.heartbeat(), askedAt);
    this.heartbeatAt = askedAt;
  }

  private wakeHeld(): void {
    const at = this.clock.now();
    const due = this.engine.held.dueAt(at);
    if (due.length > 0) this.engine.enqueue(due.map((xid) => ({ xid, event: { type: 'woken', at } })));
  }

  private async sweep(now: number): Promise<void> {
    if (now - this.heartbeatAt >= HEARTBEAT_EVERY_MS) await this.heartbeat();
    if (now - this.releaseAt >= RELEASE_EVERY_MS) {
      this.releaseAt = now;
      await this.store.releaseDead(LEASE_MS, CLAIM_LIMIT);
      await this.instances.forgetDead(LEASE_MS);
    }
    if (now - this.claimAt >= CLAIM_EVERY_MS) {
      this.claimAt = now;
      const inMemory = this.engine.held.dueInDatabaseAt(this.clock.now());
      const claims = await this.store.claimDue(inMemory, LEASE_MS, CLAIM_LIMIT);
      this.engine.claimed(claims, this.clock.now());
      // There may be more of it.
      if (claims.length === CLAIM_LIMIT) this.claimAt = -Infinity;
    }
  }

  /** Somebody waits here for a transaction that goes on elsewhere: its row tells. */
  private async lookForWaiters(): Promise<void> {
    const elsewhere = this.waiters.xids().filter((xid) => !this.engine.held.get(xid));
    for (const { transaction } of await this.store.load(elsewhere)) this.waiters.notify(transaction);
  }
}
