import { ROW_COLUMNS } from '../transaction-row.js';
import { HEARTBEAT } from './instance.js';

/**
 * One heartbeat and one claim: whoever claims lives, so an idle coordinator needs no more statements than heartbeats.
 *
 * Claimed is what a dead instance has left behind, due or not, since the answers that only it knew are lost; and what
 * is due and has no holder, one that nobody remembers, or oneself without being in memory (its save was of unknown
 * result). The indexes on wake_at and holder have unresolved rows only, so the cost does not grow with history; `skip
 * locked` lets any number of coordinators claim at once. A claim raises the version: whoever held the row before
 * notices at its next save. What is paused has no wake_at and is left as it is.
 *
 * Measured with 10 due of 100 unresolved among 100,000 finished rows: 161 pages, of
 * which most are the new versions; 139 without the finished ones.
 */
export const CLAIM = `
with alive as materialized (${HEARTBEAT}
), dead as materialized (
  select instance from instances
  where heartbeat_at <= now() - $3::float8 * interval '1 ms' and instance <> $1::uuid
), left_behind as materialized (
  select t.xid from transactions t
  where t.ended_at is null and t.wake_at is not null and t.holder = any (array(select instance from dead))
  limit $4
  for update of t skip locked
), due as materialized (
  select t.xid from transactions t
  where t.ended_at is null and t.wake_at <= now()
    and (
      t.holder is null
      or (t.holder = $1::uuid and t.xid not in (select unnest($2::uuid[])))
      or (t.holder <> $1::uuid and not exists (select from instances i where i.instance = t.holder))
    )
  order by t.wake_at
  limit $4
  for update of t skip locked
), claimed as (
  update transactions t set version = t.version + 1, holder = $1::uuid
  where t.xid = any (array(select xid from left_behind union all select xid from due))
  returning ${ROW_COLUMNS}
)
select alive.now, claimed.* from alive left join claimed on true`;
