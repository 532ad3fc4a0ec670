import { readCommandLine, UsageError } from './command-line.js';
import { POINTS_DEFAULT, POINTS_OF_DUELS } from './point-sets.js';

const read = (line: string) => readCommandLine(line === '' ? [] : line.split(' '));

test('without options the chosen set is measured, and it ends within ten minutes', () => {
  const { points, seconds, warmUpSeconds, idleSeconds } = read('');
  expect(points).toBe(POINTS_DEFAULT);
  // A point takes about three seconds besides, the start of a stack half a minute, and its warm-up for all a minute more.
  expect(points.length * (seconds + warmUpSeconds + 3) + 90 + idleSeconds).toBeLessThan(600);
});

test('lists are measured each with each, closed loops and open ones', () => {
  const { points } = read('--in-flight 1,64 --rate 200 --branches 2,4 --participants rows,shop --hot');
  expect(points).toHaveLength(2 * 2 * 3);
  expect(points).toContainEqual({
    participants: 'shop',
    way: 'declared',
    branches: 2,
    load: { kind: 'open', perSecond: 200 },
    hot: true,
  });
});

test('--full has every kind of participant, way, load, and number of branches', () => {
  const { points } = read('--full');
  const kinds = (pick: (point: (typeof points)[number]) => unknown) => new Set(points.map(pick));
  expect(kinds(({ participants }) => participants)).toEqual(new Set(['rows', 'nothing', 'shop']));
  expect(kinds(({ way }) => way)).toEqual(new Set(['declared', 'interactive', 'rest']));
  expect(kinds(({ branches }) => branches)).toEqual(new Set([2, 4]));
  expect(kinds(({ hot }) => hot)).toEqual(new Set([true, false]));
  expect(kinds(({ load }) => load.kind)).toEqual(new Set(['closed', 'share']));
});

test('against DTM its own points are measured unless others are asked for', () => {
  expect(read('--peer dtm')).toMatchObject({ againstDtm: true, points: POINTS_OF_DUELS });
  expect(read('--peer dtm --in-flight 8').points).toHaveLength(1);
});

test.each([
  ['--in-flight 0', '--in-flight takes whole numbers from 1 to 4096, and not "0".'],
  ['--rate 1.5', '--rate takes whole numbers from 1 to 20000, and not "1.5".'],
  ['--branches 3', '--branches takes 2, 4, and not "3".'],
  ['--participants all', '--participants takes rows, nothing, shop, and not "all".'],
  ['--peer seata', '--peer takes dtm, and not "seata".'],
  ['--peer dtm --participants shop', 'With --peer dtm only closed loops'],
  ['--sconds 3', "Unknown option '--sconds'"],
])('%s is refused with a sentence', (line, sentence) => {
  expect(() => read(line)).toThrow(UsageError);
  expect(() => read(line)).toThrow(sentence);
});

test('several coordinators are measured between two turns of one', () => {
  const { points } = read('--in-flight 64,1024 --coordinators 2');
  expect(points.map(({ load, coordinators }) => [load, coordinators])).toEqual(
    [64, 1024].flatMap((inFlight) =>
      [undefined, 2, undefined].map((coordinators) => [{ kind: 'closed', inFlight }, coordinators]),
    ),
  );
  expect(() => read('--coordinators 1')).toThrow(UsageError);
  expect(() => read('--peer dtm --in-flight 8 --coordinators 2')).toThrow(UsageError);
});
