import type { Point } from '../point.js';
import { aligned } from '../report/aligned.js';
import { cpuOf, meanOf, ratiosOf, type Duel } from './duel.js';

/** What is to be reached against DTM on two cores that do everything. */
interface Mark {
  readonly what: string;
  readonly limit: { readonly least: number } | { readonly most: number };
  /** Undefined where it was not measured. */
  readonly find: (duels: readonly Duel[]) => number | undefined;
}

type Condition = (point: Point, duel: Duel) => boolean;

const plain: Condition = ({ participants, way, hot }) =>
  participants === 'rows' && way === 'declared' && !hot;
const onPostgres: Condition = (_, { theirs }) => theirs.system.includes('PostgreSQL');
const onRedis: Condition = (_, { theirs }) => theirs.system.includes('Redis');
const ofFour: Condition = ({ branches }) => branches === 4;

function matching(duels: readonly Duel[], conditions: readonly Condition[]): Duel[] {
  return duels.filter((duel) => conditions.every((isMet) => isMet(duel.before.point, duel)));
}

/** Each system at the number in flight that suits it best. */
function atBest(...conditions: Condition[]): Mark['find'] {
  return (duels) => {
    const found = matching(duels, conditions);
    if (found.length === 0) return undefined;
    const ours = found.map(({ before, after }) => meanOf(before.endedPerSecond, after.endedPerSecond));
    return Math.max(...ours) / Math.max(...found.map(({ theirs }) => theirs.endedPerSecond));
  };
}

/** Four plain branches with so many in flight. */
function at(inFlight: number, pick: (duel: Duel) => number): Mark['find'] {
  const isAt: Condition = ({ load }) => load.kind === 'closed' && load.inFlight === inFlight;
  return (duels) => matching(duels, [plain, onPostgres, ofFour, isAt]).map(pick)[0];
}

const ourCpu = ({ before, after }: Duel) => meanOf(cpuOf(before), cpuOf(after));

const MARKS: readonly Mark[] = [
  {
    what: 'four branches, each at its best: times as many on PostgreSQL',
    limit: { least: 20 },
    find: atBest(plain, onPostgres, ofFour),
  },
  {
    what: 'four branches, each at its best: times as many on Redis that syncs always',
    limit: { least: 10 },
    find: atBest(plain, onRedis, ofFour),
  },
  {
    what: 'one REST request a begin, each at its best: times as many',
    limit: { least: 12 },
    find: atBest(({ way }) => way === 'rest', onPostgres, ofFour),
  },
  {
    what: 'one hot row, each at its best: times as many',
    limit: { least: 20 },
    find: atBest(({ hot }) => hot, onPostgres, ofFour),
  },
  {
    what: 'two branches, each at its best: times as many',
    limit: { least: 18 },
    find: atBest(plain, onPostgres, ({ branches }) => branches === 2),
  },
  {
    what: '64 in flight: times as many',
    limit: { least: 7 },
    find: at(64, (duel) => ratiosOf(duel).throughput),
  },
  {
    what: '64 in flight: p50 to ended, of its',
    limit: { most: 0.2 },
    find: at(64, (duel) => ratiosOf(duel).p50),
  },
  {
    what: '64 in flight: p99 to ended, of its',
    limit: { most: 0.2 },
    find: at(64, (duel) => ratiosOf(duel).p99),
  },
  {
    what: '8 in flight: times as many',
    limit: { least: 1.5 },
    find: at(8, (duel) => ratiosOf(duel).throughput),
  },
  {
    what: '1 in flight: p50 to ended, of its',
    limit: { most: 1 },
    find: at(1, (duel) => ratiosOf(duel).p50),
  },
  {
    what: '1 in flight: p99 to ended, of its',
    limit: { most: 1 },
    find: at(1, (duel) => ratiosOf(duel).p99),
  },
  {
    what: '1 in flight: p50 to decided, of its p50 to ended',
    limit: { most: 0.6 },
    find: at(1, (duel) => ratiosOf(duel).decidedP50),
  },
  {
    what: '1 in flight: p99 to decided, of its p99 to ended',
    limit: { most: 0.6 },
    find: at(1, (duel) => ratiosOf(duel).decidedP99),
  },
  { what: '1,024 in flight: CPU seconds a thousand', limit: { most: 1 }, find: at(1024, ourCpu) },
  { what: '64 in flight: CPU seconds a thousand', limit: { most: 2.5 }, find: at(64, ourCpu) },
];

/** What was reached of what is to be, as a table for people. */
export function marksTable(duels: readonly Duel[]): string {
  const rows = MARKS.flatMap(({ what, limit, find }) => {
    const found = find(duels);
    if (found === undefined) return [];
    const isMet = 'least' in limit ? found >= limit.least : found <= limit.most;
    const wanted = 'least' in limit ? `>= ${limit.least}` : `<= ${limit.most}`;
    return [[what, wanted, found.toFixed(2), isMet ? 'yes' : 'no']];
  });
  return aligned([['mark', 'wanted', 'found', 'met'], ...rows]);
}
