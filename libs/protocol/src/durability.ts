/** What a PostgreSQL says of how it keeps a commit that it has acknowledged. */
export interface Durability {
  readonly fsync: string;
  readonly fullPageWrites: string;
  readonly synchronousCommit: string;
  /** Empty where no standby has to have a commit before it is acknowledged. */
  readonly synchronousStandbyNames: string;
  /** Standbys that are connected now. */
  readonly standbys: number;
  /** Whether the server says of itself that it is for tests only. */
  readonly forTestsOnly: boolean;
}

/** One row of the shape of `Durability`. Any user may ask. */
export const READ_DURABILITY = `
select current_setting('fsync') as "fsync",
       current_setting('full_page_writes') as "fullPageWrites",
       current_setting('synchronous_commit') as "synchronousCommit",
       current_setting('synchronous_standby_names') as "synchronousStandbyNames",
       (select count(*)::int from pg_stat_replication) as "standbys",
       coalesce(current_setting('holdfast.for_tests_only', true), '') = 'on' as "forTestsOnly"`;

/** What is wrong with a database, for a person. */
export interface DurabilityFault {
  /** `unsafe`: a crash can lose what was acknowledged; `doubtful`: it depends on what only people know. */
  readonly kind: 'unsafe' | 'doubtful';
  readonly sentence: string;
}

/**
 * All that Holdfast promises rests on commits that stay once they are acknowledged, in the coordinator's database and
 * in every participant's. A server for tests may do without: it has to say so itself, right where that is configured
 * (`holdfast.for_tests_only = on`), so that no service can be talked into it.
 */
export function durabilityFaults(found: Durability): DurabilityFault[] {
  if (found.forTestsOnly) return [];
  const faults: DurabilityFault[] = [];
  const add = (kind: DurabilityFault['kind'], sentence: string) => faults.push({ kind, sentence });
  if (found.fsync === 'off')
    add('unsafe', 'fsync is off, so a crash of its machine loses commits: set fsync = on.');
  if (found.synchronousCommit === 'off')
    add('unsafe', 'synchronous_commit is off, so a crash loses commits: set synchronous_commit = on.');
  if (found.fullPageWrites === 'off')
    add(
      'doubtful',
      'full_page_writes is off: set it on, unless the file system never writes half a page (as ZFS does not).',
    );
  const isSynchronous = found.synchronousStandbyNames.trim() !== '';
  if (!isSynchronous && found.standbys > 0)
    add(
      'doubtful',
      `${found.standbys === 1 ? 'One standby is' : `${found.standbys} standbys are`} connected and none is synchronous, so a fail-over loses commits: name those that may take over in synchronous_standby_names.`,
    );
  if (isSynchronous && found.synchronousCommit === 'local')
    add(
      'doubtful',
      'synchronous_commit is local, so no commit waits for the synchronous standbys and a fail-over loses some: set synchronous_commit = on.',
    );
  return faults;
}
