import { Logger } from '@nestjs/common';
import type { Transaction } from '@holdfast/core';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { EndCounts } from '../admission/end-counts.js';
import type { EngineObserver } from '../engine/engine-observer.js';

const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];
const SECONDS_BUCKETS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300];

/** How often the same kind of failure is logged at most. */
const LOG_PERIOD_MS = 5_000;

/** Counts what the engine does. No label holds an identifier. */
export class EngineMetrics implements EngineObserver {
  private readonly logger = new Logger('Engine');
  private readonly loggedAt = new Map<string, number>();
  private readonly started;
  private readonly finished;
  private readonly duration;
  private readonly roundInputs;
  private readonly saveBatch;
  private readonly begins;
  private readonly lostSaves;
  private readonly failures;
  readonly endCounts = new EndCounts();

  /** @param heldCount how many transactions are in memory. */
  constructor(registry: Registry, heldCount: () => number) {
    const registers = [registry];
    this.started = new Counter({
      name: 'holdfast_transactions_started_total',
      help: 'Transactions begun here.',
      labelNames: ['name'],
      registers,
    });
    this.finished = new Counter({
      name: 'holdfast_transactions_finished_total',
      help: 'Transactions whose end was saved here.',
      labelNames: ['name', 'outcome'],
      registers,
    });
    this.duration = new Histogram({
      name: 'holdfast_transactions_duration_seconds',
      help: 'From begin to end.',
      labelNames: ['name', 'outcome'],
      buckets: SECONDS_BUCKETS,
      registers,
    });
    this.roundInputs = new Histogram({
      name: 'holdfast_engine_round_inputs',
      help: 'Events of one round.',
      buckets: BATCH_BUCKETS,
      registers,
    });
    this.saveBatch = new Histogram({
      name: 'holdfast_engine_save_rows',
      help: 'Rows of one save; its count is the number of saving commits.',
      buckets: BATCH_BUCKETS,
      registers,
    });
    this.begins = new Histogram({
      name: 'holdfast_engine_begin_rows',
      help: 'Transactions begun in one statement; its count is the number of beginning commits.',
      buckets: BATCH_BUCKETS,
      registers,
    });
    this.lostSaves = new Counter({
      name: 'holdfast_engine_lost_saves_total',
      help: 'Saves that found a newer state in the row.',
      registers,
    });
    this.failures = new Counter({
      name: 'holdfast_engine_failures_total',
      help: 'Errors that the engine went on from; the log says what they were.',
      registers,
    });
    new Gauge({
      name: 'holdfast_engine_held_transactions',
      help: 'Transactions in memory.',
      registers,
      collect() {
        this.set(heldCount());
      },
    });
  }

  begun({ name }: Transaction): void {
    this.started.inc({ name });
  }

  ended({ name, phase, beganAt, endedAt, branches }: Transaction): void {
    const labels = { name, outcome: phase };
    this.endCounts.add(branches.map(({ participant }) => participant));
    this.finished.inc(labels);
    if (endedAt !== null) this.duration.observe(labels, (endedAt - beganAt) / 1000);
  }

  round(inputs: number, saved: number): void {
    if (inputs > 0) this.roundInputs.observe(inputs);
    if (saved > 0) this.saveBatch.observe(saved);
  }

  beginBatch(begun: number): void {
    this.begins.observe(begun);
  }

  lostSave(): void {
    this.lostSaves.inc();
  }

  /** The first failure of a kind stands in the log for all of its period: a database that is away fails every tick. */
  private isDue(what: string): boolean {
    const now = performance.now();
    if (now - (this.loggedAt.get(what) ?? -Infinity) < LOG_PERIOD_MS) return false;
    this.loggedAt.set(what, now);
    return true;
  }

  failed(what: string, error: Error, xid?: string): void {
    this.failures.inc();
    if (!this.isDue(what)) return;
    this.logger.error(`${what}: ${error.message}`, { xid }, error.stack);
  }
}
