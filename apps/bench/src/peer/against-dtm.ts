import type { BenchStack } from '../bench-stack.js';
import { measure, type MeasureOptions, type Measured } from '../measure.js';
import { describePoint, type Point } from '../point.js';
import { firstEnds, kindOf, warmUp } from '../warm-up.js';
import { buildDtm, isInstalled } from './dtm/dtm-build.js';
import { DtmPeer, type DtmGround, type DtmMode } from './dtm/dtm-peer.js';
import type { Duel } from './duel.js';
import { standstill } from './standstill.js';

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
  const hasRedis = await isInstalled('redis-server', '--version');
  if (!hasRedis) say('redis-server is not on the PATH: DTM on Redis is left out.');
  for (const point of firstOfEachKind(points)) await warmUp(stack, point, options, say);

  const turns = new Turns(stack, ground, options, say);
  const duels = await turns.duels({ store: 'postgres', branchSync: true }, points);
  const atBest = points.filter((point) => inFlightOf(point) > THEIRS_IN_FLIGHT_MAX && isPlain(point));
  const [best] = atBest;
  if (!best) return { duels, points: [] };
  const theirDefault = await turns.theirsAlone({ store: 'postgres', branchSync: false }, best);
  if (!hasRedis) return { duels, points: [theirDefault] };
  const onRedis = await turns.duels({ store: 'redis always', branchSync: true }, atBest);
  const onLazyRedis = await turns.theirsAlone({ store: 'redis everysec', branchSync: true }, best);
  return { duels: [...duels, ...onRedis], points: [theirDefault, onLazyRedis] };
}

/** Lets one side be measured while the other stands still: idle processes are not for nothing. */
class Turns {
  constructor(
    private readonly stack: BenchStack,
    private readonly ground: DtmGround,
    private readonly options: MeasureOptions,
    private readonly say: (line: string) => void,
  ) {}

  async duels(mode: DtmMode, points: readonly Point[]): Promise<Duel[]> {
    const peer = await DtmPeer.start(this.ground, mode);
    try {
      const duels: Duel[] = [];
      for (const [i, point] of points.entries()) {
        this.say(`${peer.system}, ${i + 1}/${points.length}: ${describePoint(point)} ...`);
        const before = await this.#ours(peer, point);
        const theirs = await this.#theirs(peer, point);
        const after = await this.#ours(peer, point);
        const rates = [before, theirs, after].map(({ endedPerSecond }) => endedPerSecond.toFixed(0));
        this.say(`     ${rates.join(', ')} ended a second`);
        duels.push({ before, theirs, after });
      }
      return duels;
    } finally {
      await peer.stop();
    }
  }

  async theirsAlone(mode: DtmMode, point: Point): Promise<Measured> {
    const peer = await DtmPeer.start(this.ground, mode);
    try {
      this.say(`${peer.system}: ${describePoint(theirsOf(point))} ...`);
      return await this.#theirs(peer, point);
    } finally {
      await peer.stop();
    }
  }

  #ours(peer: DtmPeer, point: Point): Promise<Measured> {
    return standstill(peer.pids, async () => {
      await firstEnds(this.stack, point);
      return measure(this.stack, point, this.options);
    });
  }

  #theirs(peer: DtmPeer, point: Point): Promise<Measured> {
    return standstill(servicesOf(this.stack), () => peer.measure(theirsOf(point), this.options));
  }
}

/** Its Node processes. Kafka has nothing to do without them, and PostgreSQL serves both sides. */
function servicesOf({ sources }: BenchStack): number[] {
  const others = ['driver', 'postgres', 'kafka'];
  return sources.processes.filter(({ name }) => !others.includes(name)).map(({ pid }) => pid);
}

function firstOfEachKind(points: readonly Point[]): Point[] {
  return points.filter((point, i) => points.findIndex((each) => kindOf(each) === kindOf(point)) === i);
}

function isPlain({ way, hot }: Point): boolean {
  return way === 'declared' && !hot;
}

function inFlightOf({ load }: Point): number {
  return load.kind === 'closed' ? load.inFlight : 0;
}

/** It has one way only. */
function theirsOf(point: Point): Point {
  const inFlight = Math.min(THEIRS_IN_FLIGHT_MAX, inFlightOf(point));
  return { ...point, way: 'declared', load: { kind: 'closed', inFlight } };
}

function postgresOf(stack: BenchStack): DtmGround['postgres'] {
  const adminUrl = stack.urls['postgres'];
  const process = stack.sources.processes.find(({ name }) => name === 'postgres');
  if (adminUrl === undefined || !process) throw new Error('The stack names no PostgreSQL.');
  return { adminUrl, pid: process.pid };
}
