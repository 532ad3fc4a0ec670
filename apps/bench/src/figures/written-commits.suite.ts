import { until } from '@holdfast/testing';
import type pg from 'pg';

/** PostgreSQL gives lower numbers to what it brings itself: a commit of autovacuum is none of ours. */
const FIRST_OWN_FILE = 16_384;
/** A coordinator writes these by the clock, whatever it has to do. */
const BY_THE_CLOCK = 'instances|participants';
/** Who only reads a page may tidy it: what the coordinator asks by the clock does so to pages of transactions. */
const TIDYING = 'PRUNE_ON_ACCESS';

/** A place in the server's log up to which everything is on the disk, the lazy commits too. */
export async function logPosition(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
  const [{ lsn }] = rows as [{ lsn: string }];
  const isOnDisk = async () => {
    const flushed = await client.query('select where pg_current_wal_flush_lsn() >= $1::pg_lsn', [lsn]);
    return flushed.rowCount === 1;
  };
  await until(isOnDisk, { what: 'the log to be on the disk' });
  return lsn;
}

/**
 * SQL transactions that changed tables of ours between two places in the log, by database: exact and at once, where
 * PostgreSQL's own counters follow seconds later.
 * @param client of the coordinator's database, with the extension pg_walinspect.
 */
export async function writtenCommits(
  client: pg.Client,
  from: string,
  to: string,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ database: string; commits: number }>(
    `select datname as database, count(distinct block.xid::text)::int as commits
       from pg_get_wal_block_info($1, $2, false) block join pg_database on oid = reldatabase
      where block.xid::text <> '0' and relfilenode >= $3 and record_type <> $5
        and not (datname = current_database() and relfilenode in (
          select pg_relation_filenode(oid) from pg_class where relname ~ $4))
      group by datname`,
    [from, to, FIRST_OWN_FILE, `^(${BY_THE_CLOCK})(_|$)`, TIDYING],
  );
  return new Map(rows.map(({ database, commits }) => [database, commits]));
}
