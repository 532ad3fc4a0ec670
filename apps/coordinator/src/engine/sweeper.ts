import type { InstanceStore, TransactionStore } from '@holdfast/store';
import type { DatabaseClock } from './database-clock.js';
import type { Engine } from './engine.js';
import type { EngineObserver } from './engine-observer.js';
import type { HeldTransactions } from './held-transactions.js';
import type { ParticipantWatch } from './participant-watch.js';
import type { SetAsideWork } from './set-aside-work.js';
import type { Waiters } from './waiters.js';

/**
 * How long an instance counts as living after its last heartbeat, in milliseconds. Longer than two heartbeats and their
 * jitter, so that one may be late; short enough that, with the time until the next claim, others have its work in 2 s.
 */
export const LEASE_MS = 1_200;
/**
 * This instance says that it lives, and looks for work, with the first tick after so long. Ticks are 100 ms apart, so
 * that is every 400 ms; 400 would be every 500 whenever a timer is early by a part of a millisecond.
 */
const CLAIM_EVERY_MS = 350;
/**
 * How long a dead instance is remembered, in milliseconds: one that only seemed dead may still save a transaction as
 * its holder, and that has to be taken from it as well.
 */
const FORGET_AFTER_MS = 3_600_000;
const FORGET_EVERY_MS = 60_000;
/** How often the row of a transaction in memory is looked at while a request waits for it. */
const LOOK_AT_HELD_MS = 1_000;
/** The most rows that one tick looks at for requests that wait. */
const LOOK_LIMIT = 500;
/** The most that one tick claims of what is due, and as many of what dead instances have left behind. */
const CLAIM_LIMIT = 500;

/**
 * Sees to what time brings: deadlines and attempts of what this instance holds, what others left behind, and requests
 * that wait for a transaction which another instance holds.
 */
export class Sweeper {
  private ticking: Promise<void> | undefined;
  private stopped = false;
  private claimAt = -Infinity;
  private forgetAt = -Infinity;

  /** @param replies without them arriving, this instance must not claim to live: others take its work over then. */
  constructor(
    private readonly store: TransactionStore,
    private readonly instances: InstanceStore,
    private readonly engine: Engine,
    private readonly held: HeldTransactions,
    private readonly waiters: Waiters,
    private readonly clock: DatabaseClock,
    private readonly participants: ParticipantWatch,
    private readonly setAside: SetAsideWork,
    private readonly replies: { ready(): boolean },
    private readonly observer: EngineObserver,
  ) {}

  /** One bounded round. A tick that finds another one running waits for that one instead. */
  async tick(): Promise<void> {
    if (this.stopped) return;
    this.ticking ??= this.round().finally(() => (this.ticking = undefined));
    await this.ticking;
  }

  /** Lets the running round end; no other begins. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.ticking;
  }

  private async round(): Promise<void> {
    try {
      // Without replies arriving, others take over what is held here: it must not be sent, nor saved, by two.
      if (this.replies.ready()) {
        await this.participants.tick(performance.now());
        const at = this.clock.now();
        this.setAside.wake(at);
        this.setAside.recall(at);
        await this.sweep(performance.now());
      }
      await this.lookForWaiters();
    } catch (error) {
      this.observer.failed('the sweeper could not look after its work', error as Error);
    }
  }

  /** Says that this instance lives, and reads the database's clock: nothing may be decided by another. */
  async begin(): Promise<void> {
    const askedAt = performance.now();
    this.clock.adjust(await this.instances.heartbeat(), askedAt);
  }

  private async sweep(now: number): Promise<void> {
    if (now - this.forgetAt >= FORGET_EVERY_MS) {
      this.forgetAt = now;
      await this.instances.forgetDead(FORGET_AFTER_MS);
    }
    if (now - this.claimAt >= CLAIM_EVERY_MS) {
      this.claimAt = now;
      await this.claim();
    }
  }

  private async claim(): Promise<void> {
    const inMemory = this.held.dueInDatabaseAt(this.clock.now());
    const askedAt = performance.now();
    const { now, claimed } = await this.store.claim(inMemory, LEASE_MS, CLAIM_LIMIT);
    // Whatever it found: a clock that is behind has all that is begun claimed again, as long as it stays so.
    this.clock.adjust(now, askedAt);
    if (claimed.length === 0) return;
    this.engine.claimed(claimed, this.clock.now());
    // There may be more of it.
    if (claimed.length >= CLAIM_LIMIT) this.claimAt = -Infinity;
  }

  /**
   * Somebody waits here for a transaction that goes on elsewhere: its row tells. That of one in memory here is looked at
   * as well, but seldom, in case another coordinator has changed it. Rows that nobody has changed are not read: where
   * much waits for long, since there is too much to do, that would be most of the work.
   */
  private async lookForWaiters(): Promise<void> {
    const seen = this.waiters.toLookAt((xid) => (this.held.get(xid) ? LOOK_AT_HELD_MS : 0), LOOK_LIMIT);
    for (const { transaction, version } of await this.store.loadChanged(seen))
      this.waiters.notify(transaction, version);
  }
}
