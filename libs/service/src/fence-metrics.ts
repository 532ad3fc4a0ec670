import { Counter, type Registry } from 'prom-client';

/** What an observer counts of a participant's looking after its fence. */
export function fenceMetrics(registers: Registry[]) {
  const inquiries = new Counter({
    name: 'holdfast_participant_inquiries_total',
    help: 'Branches frozen past their deadlines that the coordinators were asked about, each time counted.',
    registers,
  });
  const forgotten = new Counter({
    name: 'holdfast_participant_forgotten_total',
    help: 'Answers that nobody knows any more what was decided about a frozen branch; somebody has to settle it.',
    registers,
  });
  const cleaned = new Counter({
    name: 'holdfast_participant_cleaned_total',
    help: 'Rows of settled branches that were removed from the fence.',
    registers,
  });
  const failures = new Counter({
    name: 'holdfast_participant_sweep_failures_total',
    help: 'Sweeps that failed, because the database or the bus did not answer.',
    registers,
  });
  return {
    inquired: (branches: number) => inquiries.inc(branches),
    forgotten: () => forgotten.inc(),
    cleaned: (rows: number) => cleaned.inc(rows),
    sweepFailed: () => failures.inc(),
  };
}
