import { HUNG_CODES } from '@holdfast/core';
import type { UnresolvedGroup, UnresolvedReader } from '@holdfast/store';
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** A reading may take this part of the time at most, however much is unresolved. */
const SHARE_MAX = 0.05;
const PHASES = ['trying', 'confirming', 'cancelling'] as const;

/**
 * What is unresolved in the whole database. Only one coordinator at a time exports it, so that sums over all of them
 * count nothing twice; the others have no such series.
 */
export class UnresolvedGauges {
  private readonly count;
  private readonly oldestAge;
  private readonly hung;
  private readonly sweeperLag;
  private reading = false;
  private restUntil = -Infinity;
  private teller = false;

  /** @param leaseMs how long an instance counts as living after its last heartbeat. */
  constructor(
    private readonly reader: Pick<UnresolvedReader, 'read'>,
    private readonly leaseMs: number,
    registry: Registry,
  ) {
    const registers = [registry];
    this.count = new Gauge({
      name: 'holdfast_transactions_unresolved',
      help: 'Transactions that have not ended.',
      labelNames: ['phase'],
      registers,
    });
    this.oldestAge = new Gauge({
      name: 'holdfast_oldest_unresolved_age_seconds',
      help: 'Age of the oldest transaction that has not ended.',
      labelNames: ['phase'],
      registers,
    });
    this.hung = new Gauge({
      name: 'holdfast_transactions_hung',
      help: 'Transactions whose automatic retries did not finish them.',
      labelNames: ['code'],
      registers,
    });
    this.sweeperLag = new Gauge({
      name: 'holdfast_sweeper_lag_seconds',
      help: 'How long the work that is due longest has been waiting for a coordinator.',
      registers,
    });
    this.tell(undefined);
  }

  /** Whether this coordinator speaks for the whole installation. */
  get tells(): boolean {
    return this.teller;
  }

  /** One reading, unless one runs or the last one was so long that it has to rest. */
  async tick(): Promise<void> {
    const startedAt = performance.now();
    if (this.reading || startedAt < this.restUntil) return;
    this.reading = true;
    try {
      this.tell(await this.reader.read(this.leaseMs));
    } catch {
      // The database is away, which the sweeper says: nothing is known now.
      this.tell(undefined);
    } finally {
      const endedAt = performance.now();
      this.restUntil = endedAt + (endedAt - startedAt) * (1 / SHARE_MAX - 1);
      this.reading = false;
    }
  }

  private tell(groups: readonly UnresolvedGroup[] | undefined): void {
    this.teller = groups !== undefined;
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
      this.hung.set({ code }, countOf(groups.filter(({ hung }) => hung === code)));
    }
    this.sweeperLag.set(Math.max(0, ...groups.map(({ overdueSeconds }) => overdueSeconds)));
  }
}

function countOf(groups: readonly UnresolvedGroup[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}
