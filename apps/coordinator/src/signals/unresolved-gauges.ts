import { HUNG_CODES, hungCodeOf } from '@holdfast/core';
import type { ParticipantsKnown } from '@holdfast/core';
import { inTime } from '@holdfast/service';
import type { UnresolvedGroup, UnresolvedReader } from '@holdfast/store';
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** A reading may take this part of the time at most, however much is unresolved. */
const SHARE_MAX = 0.05;
/** Nobody waits longer for a reading, in milliseconds: a database that hangs must not take all metrics with it. */
const READ_MS_MAX = 2_000;
/** A reading that failed is not repeated sooner, in milliseconds. */
const FAILURE_REST_MS = 500;
/** What has not ended after so many seconds may hang one day. */
const SLOW_SECONDS = 3;
const PHASES = ['trying', 'confirming', 'cancelling'] as const;

/**
 * What is unresolved in the whole database, read when it is asked for: whatever a coordinator has saved stands in the
 * next scrape. Only one of them at a time exports it, so that sums over all of them count nothing twice; the others
 * have no such series.
 */
export class UnresolvedGauges {
  private readonly count;
  private readonly oldestAge;
  private readonly hung;
  private readonly sweeperLag;
  private reading: Promise<void> | undefined;
  private restUntil = -Infinity;
  private teller = false;
  private slow = false;

  /** @param leaseMs how long an instance counts as living after its last heartbeat. */
  constructor(
    private readonly reader: Pick<UnresolvedReader, 'read'>,
    private readonly leaseMs: number,
    private readonly known: ParticipantsKnown,
    registry: Registry,
  ) {
    const common = { registers: [registry], collect: () => this.refresh() };
    this.count = new Gauge({
      name: 'holdfast_transactions_unresolved',
      help: 'Transactions that have not ended.',
      labelNames: ['phase'],
      ...common,
    });
    this.oldestAge = new Gauge({
      name: 'holdfast_oldest_unresolved_age_seconds',
      help: 'Age of the oldest transaction that has not ended.',
      labelNames: ['phase'],
      ...common,
    });
    this.hung = new Gauge({
      name: 'holdfast_transactions_hung',
      help: 'Transactions whose automatic retries did not finish them, or with a contradiction that nobody has settled.',
      labelNames: ['code'],
      ...common,
    });
    this.sweeperLag = new Gauge({
      name: 'holdfast_sweeper_lag_seconds',
      help: 'How long the work that is due longest has been waiting for a coordinator.',
      ...common,
    });
    this.tell(undefined);
  }

  /** Whether this coordinator speaks for the whole installation. */
  get tells(): boolean {
    return this.teller;
  }

  /** Whether it speaks for all, and something takes so long that it is worth asking why. */
  get findsSlow(): boolean {
    return this.slow;
  }

  /**
   * Resolves once it tells how things stand. Whoever asks while they are read shares that; after a long reading there
   * is a rest, in which what it told stands.
   */
  async refresh(): Promise<void> {
    if (!this.reading && performance.now() < this.restUntil) return;
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    await this.reading;
  }

  private async read(): Promise<void> {
    const startedAt = performance.now();
    try {
      this.tell(await inTime(this.reader.read(this.leaseMs), READ_MS_MAX));
      const endedAt = performance.now();
      this.restUntil = endedAt + (endedAt - startedAt) * (1 / SHARE_MAX - 1);
    } catch {
      // The database is away, which the sweeper says: nothing is known now.
      this.tell(undefined);
      this.restUntil = performance.now() + FAILURE_REST_MS;
    }
  }

  private tell(groups: readonly UnresolvedGroup[] | undefined): void {
    this.teller = groups !== undefined;
    this.slow = groups?.some(({ oldestSeconds }) => oldestSeconds > SLOW_SECONDS) ?? false;
    if (groups === undefined) {
      this.count.reset();
      this.oldestAge.reset();
      this.hung.reset();
      this.sweeperLag.remove();
      return;
    }
    for (const phase of PHASES) {
      const found = groups.filter((each) => each.phase === phase);
      this.count.set({ phase }, countOf(found));
      this.oldestAge.set({ phase }, Math.max(0, ...found.map(({ oldestSeconds }) => oldestSeconds)));
    }
    for (const code of HUNG_CODES) {
      this.hung.set({ code }, countOf(groups.filter((group) => this.codeOf(group) === code)));
    }
    this.sweeperLag.set(Math.max(0, ...groups.map(({ overdueSeconds }) => overdueSeconds)));
  }

  private codeOf({ hung, paused: isPaused, disputed }: UnresolvedGroup) {
    return hungCodeOf({ hung, isPaused, disputed }, this.known);
  }
}

function countOf(groups: readonly UnresolvedGroup[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}
