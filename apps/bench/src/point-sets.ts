import { PARTICIPANTS, WAYS, type Load, type LoadOfCeiling, type PlannedPoint, type Point } from './point.js';

/** The most first: what runs often is compiled soon, by V8 and by Java, and few at a time would be measured without. */
export const IN_FLIGHT_DEFAULT: readonly number[] = [1024, 256, 64, 8, 1];

const closed = (inFlight: number): Load => ({ kind: 'closed', inFlight });

function points(inFlights: readonly number[], rest: Omit<Point, 'load'>): Point[] {
  return inFlights.map((inFlight) => ({ ...rest, load: closed(inFlight) }));
}

const rows = { participants: 'rows', way: 'declared', branches: 4, hot: false } as const;

/** What is measured unless something else is asked for: with a start it takes less than ten minutes. */
export const POINTS_DEFAULT: readonly Point[] = [
  ...points(IN_FLIGHT_DEFAULT, rows),
  ...points([1024], { ...rows, hot: true }),
  ...points([1024, 64, 1], { ...rows, branches: 2 }),
  ...points([1024, 64, 1], { ...rows, participants: 'shop' }),
  ...points([1024], { ...rows, participants: 'shop', hot: true }),
  ...points([1024, 64], { ...rows, participants: 'nothing' }),
  ...points([64], { ...rows, way: 'interactive' }),
  ...points([256], { ...rows, way: 'rest' }),
  { ...rows, load: { kind: 'open', perSecond: 400 } },
];

/** All of it: each way and each kind of participants with two and four branches, by chance and hot, and open loops. */
export function pointsFull(loads: readonly (Load | LoadOfCeiling)[]): PlannedPoint[] {
  return PARTICIPANTS.flatMap((participants) =>
    WAYS.flatMap((way) =>
      ([4, 2] as const).flatMap((branches) =>
        // Participants that do nothing have no row that could be hot.
        (participants === 'nothing' ? [false] : [false, true]).flatMap((hot) => [
          ...points(IN_FLIGHT_DEFAULT, { participants, way, branches, hot }),
          ...loads.map((load): PlannedPoint => ({ participants, way, branches, hot, load })),
        ]),
      ),
    ),
  );
}

/** What is measured against another system: at the same numbers in flight, and each at its best. */
export const POINTS_OF_DUELS: readonly Point[] = [
  ...points([1024], rows),
  ...points([1024], { ...rows, hot: true }),
  ...points([1024], { ...rows, branches: 2 }),
  ...points([1024], { ...rows, way: 'rest' }),
  ...points([64, 8, 1], rows),
];
