/** One measurement: what load, and for how long. */
export interface Point {
  readonly inFlight: number;
  readonly branches: 2 | 4;
  /** Every transaction takes the same SKU, instead of one of many by chance. */
  readonly hot: boolean;
}

/** The matrix that is measured unless something else is asked for. */
export const POINTS_DEFAULT: readonly Point[] = [
  { inFlight: 1, branches: 4, hot: false },
  { inFlight: 64, branches: 4, hot: false },
  { inFlight: 256, branches: 4, hot: false },
  { inFlight: 1024, branches: 4, hot: false },
  { inFlight: 1024, branches: 4, hot: true },
  { inFlight: 1, branches: 2, hot: false },
  { inFlight: 64, branches: 2, hot: false },
  { inFlight: 256, branches: 2, hot: false },
  { inFlight: 1024, branches: 2, hot: false },
  { inFlight: 1024, branches: 2, hot: true },
];

export function describePoint({ inFlight, branches, hot }: Point): string {
  return `${branches} branches, ${inFlight} in flight, ${hot ? 'one hot SKU' : 'SKUs by chance'}`;
}
