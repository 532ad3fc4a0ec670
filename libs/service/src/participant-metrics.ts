import { Counter, Histogram, type Registry } from 'prom-client';

const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000];
const STATEMENT_BUCKETS = [1, 2, 3, 4, 6, 8, 12, 20, 50];

/**
 * An observer for a participant of `@holdfast/participant`, which writes its own log. It is not imported here: a service
 * without a participant has no use for it.
 */
export function participantMetrics(registry: Registry) {
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
    name: 'holdfast_participant_verdicts_total',
    help: 'Commands by what the fence said about them.',
    labelNames: ['operation', 'verdict'],
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
    verdict: (operation: string, verdict: string, commands: number) =>
      verdicts.inc({ operation, verdict }, commands),
    failed: (operation: string, resource: string, code: string) =>
      failures.inc({ operation, resource, code }),
    dropped: (operation: string, resource: string) => drops.inc({ operation, resource }),
    databaseAway: () => absences.inc(),
  };
}
