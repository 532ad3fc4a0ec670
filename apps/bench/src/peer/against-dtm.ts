import type { BenchStack } from '../bench-stack.js';
import { measure, type MeasureOptions, type Measured } from '../measure.js';
import { describePoint, type Point } from '../point.js';
import { buildDtm, isInstalled } from './dtm/dtm-build.js';
import { DtmPeer, type DtmGround, type DtmMode } from './dtm/dtm-peer.js';
import type { Duel } from './duel.js';

/** In flight beyond which DTM only gets slower, on two cores. */
const THEIRS_IN_FLIGHT_MAX = 64;

/** What a comparison gave: the turns, and points of theirs beside them. */
export interface Comparison {
  readonly duels: readonly Duel[];
  readonly points: readonly Measured[];
}

/** Measures each point in turns: ours, DTM's, ours. Where Go is missing it says so and compares nothing. */
export async function againstDtm(
  stack: BenchStack,
  points: readonly Point[],
  options: MeasureOptions,
  say: (line: string) => void,
): Promise<Comparison> {
  if (!(await isInstalled('go', 'version'))) {
    say('Go is not on the PATH: the comparison with DTM is left out.');
    return { duels: [], points: [] };
  }
  say('Building DTM (minutes, once) ...');
  const ground = { programs: await buildDtm(), postgres: postgresOf(stack) };
  const duels = await duelsWith(stack, ground, { store: 'postgres', branchSync: true }, points, options, say);
  const theirDefault = await theirsAtBest(
    ground,
    { store: 'postgres', branchSync: false },
    points,
    options,
    say,
  );
  const hasRedis = await isInstalled('redis-server', '--version');
  if (!hasRedis) say('redis-server is not on the PATH: DTM on Redis is left out.');
  const best = points.filter((point) => inFlightOf(point) >= THEIRS_IN_FLIGHT_MAX);
  const onRedis = hasRedis
    ? await duelsWith(stack, ground, { store: 'redis', branchSync: true }, best, options, say)
    : [];
  return { duels: [...duels, ...onRedis], points: theirDefault };
}

async function duelsWith(
  stack: BenchStack,
  ground: DtmGround,
  mode: DtmMode,
  points: readonly Point[],
  options: MeasureOptions,
  say: (line: string) => void,
): Promise<Duel[]> {
  const peer = await DtmPeer.start(ground, mode);
  try {
    const duels: Duel[] = [];
    for (const point of points) {
      say(`${peer.system}: ${describePoint(point)} ...`);
      const before = await measure(stack, point, options);
      const theirs = await peer.measure(theirsOf(point), options);
      const after = await measure(stack, point, options);
      say(
        `     ${[before, theirs, after].map((each) => each.endedPerSecond.toFixed(0)).join(', ')} ended a second`,
      );
      duels.push({ before, theirs, after });
    }
    return duels;
  } finally {
    await peer.stop();
  }
}

/** The first point at which DTM is at its best, with other settings of theirs. */
async function theirsAtBest(
  ground: DtmGround,
  mode: DtmMode,
  points: readonly Point[],
  options: MeasureOptions,
  say: (line: string) => void,
): Promise<Measured[]> {
  const point = points.find((each) => inFlightOf(each) >= THEIRS_IN_FLIGHT_MAX);
  if (!point) return [];
  const peer = await DtmPeer.start(ground, mode);
  try {
    say(`${peer.system}: ${describePoint(theirsOf(point))} ...`);
    return [await peer.measure(theirsOf(point), options)];
  } finally {
    await peer.stop();
  }
}

function inFlightOf({ load }: Point): number {
  return load.kind === 'closed' ? load.inFlight : 0;
}

function theirsOf(point: Point): Point {
  return {
    ...point,
    load: { kind: 'closed', inFlight: Math.min(THEIRS_IN_FLIGHT_MAX, inFlightOf(point)) },
  };
}

function postgresOf(stack: BenchStack): DtmGround['postgres'] {
  const adminUrl = stack.urls['postgres'];
  const process = stack.sources.processes.find(({ name }) => name === 'postgres');
  if (adminUrl === undefined || !process) throw new Error('The stack names no PostgreSQL.');
  return { adminUrl, pid: process.pid };
}
