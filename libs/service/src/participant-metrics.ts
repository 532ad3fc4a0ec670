import { Counter, Histogram, type Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { FrozenAge } from './frozen-age.js';
import { fenceMetrics } from './fence-metrics.js';

const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000];
const SECONDS_BUCKETS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const STATEMENT_BUCKETS = [1, 2, 3, 4, 6, 8, 12, 20, 50];

/**
 * An observer for a participant of `@holdfast/participant`, which writes its own log. It is not imported here: a service
 * without a participant has no use for it.
 */
export function participantMetrics(registry: Registry, dataSource: Pick<DataSource, 'query'>) {
  new FrozenAge(registry, dataSource);
  const registers = [registry];
  const batches = new Histogram({
    name: 'holdfast_participant_batch_commands',
    help: 'Commands of one batch.',
    buckets: BATCH_BUCKETS,
    registers,
  });
  const statements = new Histogram({
    name: 'holdfast_participant_commit_statements',
    help: 'Statements of one SQL transaction, BEGIN and COMMIT not counted.',
    buckets: STATEMENT_BUCKETS,
    registers,
  });
  const verdicts = new Counter({
    name: 'holdfast_fence_total',
    help: 'Commands by what the fence said about them.',
    labelNames: ['resource', 'verdict'],
    registers,
  });
  const attempts = new Counter({
    name: 'holdfast_branch_attempts_total',
    help: 'Commands by what came of them.',
    labelNames: ['resource', 'operation', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'holdfast_branch_attempt_seconds',
    help: 'Duration of the SQL transactions in which fence and work of a group of branches happen.',
    labelNames: ['resource', 'operation'],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  const failures = new Counter({
    name: 'holdfast_participant_failures_total',
    help: 'Commands that were answered "failed".',
    labelNames: ['operation', 'resource', 'code'],
    registers,
  });
  const drops = new Counter({
    name: 'holdfast_participant_dropped_total',
    help: 'Repeats of failed commands that were dropped, to be sent again.',
    labelNames: ['operation', 'resource'],
    registers,
  });
  const absences = new Counter({
    name: 'holdfast_participant_database_away_total',
    help: 'Batches that were put off because the database did not answer.',
    registers,
  });
  return {
    batch: (commands: number) => batches.observe(commands),
    committed: (count: number) => statements.observe(count),
    verdict: (_operation: string, resource: string, verdict: string, commands: number) =>
      verdicts.inc({ resource, verdict }, commands),
    answered: (operation: string, resource: string, outcome: string, commands: number) =>
      attempts.inc({ resource, operation, outcome }, commands),
    attempted: (operation: string, resource: string, durationMs: number) =>
      durations.observe({ resource, operation }, durationMs / 1000),
    failed: (operation: string, resource: string, code: string) => {
      attempts.inc({ resource, operation, outcome: 'failed' });
      failures.inc({ operation, resource, code });
    },
    dropped: (operation: string, resource: string) => drops.inc({ operation, resource }),
    databaseAway: () => absences.inc(),
    ...fenceMetrics(registers),
  };
}
