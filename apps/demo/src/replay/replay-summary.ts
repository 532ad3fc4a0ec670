import type { TransactionListItem } from '@holdfast/protocol';
import type { CheckoutMode } from '@holdfast/shop';
import type { AuditReport } from '../audit/audit-report.js';

import { outcomeOf, rareRefusals, surprisesAmong, wasCutShort, type Surprise } from './order-outcomes.js';
import type { AnsweredOrder } from './order-queue.js';
import { OutcomeTally } from './outcome-tally.js';
import { percentile } from './percentile.js';

/** Named one by one; of more only the count is told. */
const SURPRISES_NAMED_MAX = 20;

/** What a replay was. */
export interface ReplayRun {
  /** In a person's words. */
  readonly shop: string;
  readonly mode: CheckoutMode;
  readonly bus: 'kafka' | 'memory';
  readonly inFlightMax: number;
  readonly orders: readonly AnsweredOrder[];
  /** Checkouts that had not ended when the wait for them was given up. */
  readonly notEnded: number;
  /** The checkouts that have ended, as the coordinator lists them. */
  readonly endings: readonly TransactionListItem[];
  readonly durationMs: Durations;
  /** How often each process that died was started again, by its name. */
  readonly restarts: Readonly<Record<string, number>>;
  /** How long after its last death all processes were ready again; null where they were not by the end. */
  readonly healMs: Readonly<Record<string, number | null>>;
  readonly audit: AuditReport;
}

/** The result of a replay, as `--report` writes it. Times are milliseconds. */
export interface ReplaySummary extends Pick<
  ReplayRun,
  'shop' | 'mode' | 'bus' | 'inFlightMax' | 'notEnded' | 'durationMs' | 'restarts' | 'healMs' | 'audit'
> {
  /** Whether all is as it has to be. */
  readonly ok: boolean;
  readonly orders: number;
  readonly confirmed: number;
  readonly cancelled: number;
  readonly cancelledByCode: Readonly<Record<string, number>>;
  /** Cancelled although nobody refused them: their time ran out while something was down. */
  readonly cutShort: number;
  readonly unknown: number;
  readonly rejected: number;
  /** Refusals that have to occur and were too seldom. */
  readonly rareRefusals: readonly string[];
  /** Orders that ended otherwise than planned: how many, and the first of them. */
  readonly surprises: { readonly count: number; readonly first: readonly Surprise[] };
  /** From begin to the durable decision, and to the end in every service; null where nothing has ended. */
  readonly latencyMs: { readonly decided: Latency; readonly ended: Latency };
}

interface Durations {
  readonly load: number;
  /** From the first order to the last answer. */
  readonly send: number;
  /** From the last answer until every checkout had ended. */
  readonly settle: number;
  readonly audit: number;
}

export interface Latency {
  readonly p50: number | null;
  readonly p99: number | null;
}

export function summarise(run: ReplayRun): ReplaySummary {
  const { orders, endings, notEnded, audit } = run;
  const outcomes = orders.map(outcomeOf);
  const tally = new OutcomeTally();
  for (const outcome of outcomes) tally.add(outcome);
  const surprises = surprisesAmong(orders, Object.keys(run.restarts).length > 0);
  const rare = rareRefusals(orders);
  return {
    ok: tally.unknown === 0 && notEnded === 0 && surprises.length === 0 && rare.length === 0 && audit.ok,
    shop: run.shop,
    mode: run.mode,
    bus: run.bus,
    inFlightMax: run.inFlightMax,
    orders: orders.length,
    confirmed: tally.confirmed,
    cancelled: tally.cancelled,
    cancelledByCode: tally.cancelledByCode,
    cutShort: outcomes.filter(wasCutShort).length,
    unknown: tally.unknown,
    rejected: tally.rejected,
    notEnded,
    rareRefusals: rare,
    surprises: { count: surprises.length, first: surprises.slice(0, SURPRISES_NAMED_MAX) },
    latencyMs: {
      decided: latency(endings, ({ decidedAt }) => decidedAt),
      ended: latency(endings, ({ endedAt }) => endedAt),
    },
    durationMs: run.durationMs,
    restarts: run.restarts,
    healMs: run.healMs,
    audit,
  };
}

function latency(
  endings: readonly TransactionListItem[],
  timeOf: (ending: TransactionListItem) => string | null,
): Latency {
  const values = endings.map((ending) => Date.parse(timeOf(ending) ?? '') - Date.parse(ending.beganAt));
  return { p50: percentile(values, 0.5), p99: percentile(values, 0.99) };
}
