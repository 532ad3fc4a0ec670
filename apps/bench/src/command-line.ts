import { parseArgs } from 'node:util';
import {
  PARTICIPANTS,
  WAYS,
  type Load,
  type LoadOfCeiling,
  type Participants,
  type PlannedPoint,
  type Point,
  type Way,
} from './point.js';
import { IN_FLIGHT_DEFAULT, POINTS_DEFAULT, POINTS_OF_DUELS, pointsFull } from './point-sets.js';

export const USAGE = `npm run bench -- [options]     measures the running stack; starts one of its own where none runs

Without options it measures a chosen set, in less than ten minutes. What to measure, with commas between several:
  --overload                finds the ceiling, then 50%, 150% and 300% of it as open loops, and the way back
  --full                    everything: all of the options below, which takes hours
  --in-flight 1,64          closed loop: so many transactions are kept in flight
  --rate 200,400            open loop: so many begin in a second, and each counts from when it was to begin
  --branches 2,4            branches of a transaction (4)
  --participants rows       rows: one row of 10,000 updated by each branch; nothing; shop: the shop's services
  --way declared            declared, interactive: through the client library; rest: one REST request each
  --hot                     all transactions take the same row or article
  --coordinators 2          each load on one coordinator, as much on each of several, and on one again
  --peer dtm                in turns with DTM (needs Go, and Redis for its part on Redis), with ratios
  --seconds 10 --warm-up 5  the measured window, and the time before it; with 0 nothing is warmed up
  --idle 20                 seconds without a load, at the end; with 0 that is left out

  --report FILE             write the figures as JSON
  --chart FILE              write a chart of them as SVG
  --from FILE               measure nothing: take the figures of an earlier report`;

/** The words of a command line did not make sense; the message says which, in a sentence. */
export class UsageError extends Error {}

export interface BenchCommand {
  readonly help: boolean;
  readonly points: readonly PlannedPoint[];
  readonly againstDtm: boolean;
  readonly overload: boolean;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly idleSeconds: number;
  readonly reportFile: string | undefined;
  readonly chartFile: string | undefined;
  readonly fromFile: string | undefined;
}

const LOADS_FULL = [0.5, 1.5, 3].map((ofCeiling): LoadOfCeiling => ({ kind: 'share', ofCeiling }));
const IN_FLIGHT = { min: 1, max: 4_096 };
const RATE = { min: 1, max: 20_000 };
const COORDINATORS = { min: 2, max: 8 };

const options = {
  help: { type: 'boolean', short: 'h', default: false },
  full: { type: 'boolean', default: false },
  overload: { type: 'boolean', default: false },
  'in-flight': { type: 'string' },
  rate: { type: 'string' },
  branches: { type: 'string' },
  participants: { type: 'string' },
  way: { type: 'string' },
  hot: { type: 'boolean' },
  coordinators: { type: 'string' },
  peer: { type: 'string' },
  seconds: { type: 'string', default: '10' },
  'warm-up': { type: 'string', default: '5' },
  idle: { type: 'string', default: '20' },
  report: { type: 'string' },
  chart: { type: 'string' },
  from: { type: 'string' },
} as const;

/** @throws UsageError */
export function readCommandLine(args: readonly string[]): BenchCommand {
  const values = parsed(args);
  if (values.peer !== undefined) oneOf('--peer', values.peer, ['dtm']);
  const command: BenchCommand = {
    help: values.help,
    points: inTurns(pointsOf(values), values.coordinators),
    againstDtm: values.peer !== undefined,
    overload: values.overload,
    seconds: wholeNumber('--seconds', values.seconds, { min: 1, max: 3_600 }),
    warmUpSeconds: wholeNumber('--warm-up', values['warm-up'], { min: 0, max: 600 }),
    idleSeconds: wholeNumber('--idle', values.idle, { min: 0, max: 600 }),
    reportFile: values.report,
    chartFile: values.chart,
    fromFile: values.from,
  };
  if (command.againstDtm) assertDtmCan(command.points);
  return command;
}

/** Node's own words about a wrong option are good enough for a person. */
function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function pointsOf(values: ReturnType<typeof parsed>): readonly PlannedPoint[] {
  const rates = listOf('--rate', values.rate, (text) => wholeNumber('--rate', text, RATE));
  const open = rates?.map((perSecond): Load => ({ kind: 'open', perSecond }));
  if (values.full) return pointsFull(open ?? LOADS_FULL);
  const inFlights = listOf('--in-flight', values['in-flight'], (text) =>
    wholeNumber('--in-flight', text, IN_FLIGHT),
  );
  const { branches, participants, way, hot } = values;
  const isDefault = ![rates, inFlights, branches, participants, way, hot].some(Boolean);
  if (isDefault) return values.peer === undefined ? POINTS_DEFAULT : POINTS_OF_DUELS;
  const loads: Load[] = [
    ...(inFlights ?? (open ? [] : IN_FLIGHT_DEFAULT)).map((inFlight): Load => ({
      kind: 'closed',
      inFlight,
    })),
    ...(open ?? []),
  ];
  const who = listOf('--participants', participants, (text) =>
    oneOf<Participants>('--participants', text, PARTICIPANTS),
  ) ?? ['rows'];
  const ways = listOf('--way', way, (text) => oneOf<Way>('--way', text, WAYS)) ?? ['declared'];
  const counts = listOf('--branches', branches, (text) =>
    oneOf('--branches', text, ['2', '4']) === '2' ? 2 : 4,
  ) ?? [4];
  return who.flatMap((each) =>
    ways.flatMap((by) =>
      counts.flatMap((count) =>
        loads.map((load): Point => ({
          participants: each,
          way: by,
          branches: count,
          load,
          hot: hot ?? false,
        })),
      ),
    ),
  );
}

/** What several coordinators give counts beside what one gives just before and after. */
function inTurns(points: readonly PlannedPoint[], several: string | undefined): readonly PlannedPoint[] {
  if (several === undefined) return points;
  const coordinators = wholeNumber('--coordinators', several, COORDINATORS);
  return points.flatMap((point) => [point, { ...point, coordinators }, point]);
}

function assertDtmCan(points: readonly PlannedPoint[]): void {
  const alien = points.find(
    ({ participants, way, load, coordinators }) =>
      participants === 'shop' ||
      way === 'interactive' ||
      load.kind !== 'closed' ||
      coordinators !== undefined,
  );
  if (alien)
    throw new UsageError(
      'With --peer dtm only closed loops of declared transactions with equal work are measured: leave out --rate, --way interactive, --full, --coordinators and --participants shop.',
    );
}

function listOf<T>(what: string, text: string | undefined, read: (text: string) => T): T[] | undefined {
  if (text === undefined) return undefined;
  if (text === '') throw new UsageError(`${what} must name something.`);
  return text.split(',').map(read);
}

function wholeNumber(what: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${what} takes whole numbers from ${min} to ${max}, and not "${text}".`);
}

function oneOf<T extends string>(what: string, text: string, all: readonly T[]): T {
  const found = all.find((value) => value === text);
  if (found !== undefined) return found;
  throw new UsageError(`${what} takes ${all.join(', ')}, and not "${text}".`);
}
