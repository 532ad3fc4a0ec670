import { durabilityFaults, type Durability } from './durability.js';

const SOUND: Durability = {
  fsync: 'on',
  fullPageWrites: 'on',
  synchronousCommit: 'on',
  synchronousStandbyNames: '',
  standbys: 0,
  forTestsOnly: false,
};
const faults = (change: Partial<Durability>) =>
  durabilityFaults({ ...SOUND, ...change }).map(({ kind, sentence }) => `${kind}: ${sentence}`);

test.each<[string, Partial<Durability>, RegExp[]]>([
  ['nothing', {}, []],
  ['fsync off', { fsync: 'off' }, [/^unsafe: fsync is off.*set fsync = on\.$/]],
  ['full_page_writes off', { fullPageWrites: 'off' }, [/^doubtful: full_page_writes is off/]],
  ['commits that do not wait', { synchronousCommit: 'off' }, [/^unsafe: synchronous_commit is off/]],
  ['all of them', { fsync: 'off', synchronousCommit: 'off' }, [/fsync/, /synchronous_commit/]],
  ['one standby that may lag', { standbys: 1 }, [/^doubtful: One standby is connected and none/]],
  ['several that may lag', { standbys: 3 }, [/^doubtful: 3 standbys are connected and none/]],
  ['synchronous standbys', { standbys: 2, synchronousStandbyNames: 'ANY 1 (a, b)' }, []],
  [
    'synchronous standbys that no commit waits for',
    { standbys: 2, synchronousStandbyNames: '*', synchronousCommit: 'local' },
    [/^doubtful: synchronous_commit is local/],
  ],
  ['a server for tests', { fsync: 'off', synchronousCommit: 'off', standbys: 1, forTestsOnly: true }, []],
])('the faults of a database with %s', (_what, change, expected) => {
  const found = faults(change);
  expect(found).toHaveLength(expected.length);
  for (const [at, pattern] of expected.entries()) expect(found[at]).toMatch(pattern);
});
