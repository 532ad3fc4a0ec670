import type { Measured } from './measure.js';

/** What a measurement may have given, with the fields that a test is about. */
export function measured(given: {
  system?: string;
  inFlight?: number;
  endedPerSecond?: number;
  p99Ms?: number;
  foreignShare?: number;
}): Measured {
  const { system = 'holdfast', inFlight = 64, endedPerSecond = 1_000, p99Ms = 80, foreignShare = 0 } = given;
  return {
    system,
    point: {
      participants: 'rows',
      way: 'declared',
      branches: 4,
      load: { kind: 'closed', inFlight },
      hot: false,
    },
    endedPerSecond,
    seen: {
      decided: null,
      ended: { count: 10, p50Ms: p99Ms / 2, p90Ms: p99Ms, p99Ms, p999Ms: p99Ms, maxMs: p99Ms },
      cancelled: 0,
      refused: 3,
      unsent: 0,
      errors: 0,
      errorSamples: [],
    },
    cost: {
      cpuSecondsPerThousand: { coordinator: 1, postgres: 0.5 },
      residentMiB: { coordinator: 120 },
      statementsPerTransaction: { coordinator: 2 },
      commitsPerTransaction: { coordinator: 1.5 },
      walBytesPerTransaction: 2_048,
      recordsPerTransaction: 4,
      quietness: { foreignShare, stolenShare: 0, loadAverage: 2 },
    },
  };
}
