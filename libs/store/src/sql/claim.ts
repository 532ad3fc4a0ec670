import { ROW_COLUMNS } from '../transaction-row.js';

/**
 * Claims what is due and has no living holder, or is one's own without being in memory (its reply came before a crash
 * of the loop). The partial index on wake_at holds unresolved rows only, so the cost does not grow with history;
 * `skip locked` lets any number of coordinators claim at once. A claim raises the version: whoever held the row before
 * notices at its next save.
 *
 * Measured with 10 due of 100 unresolved among 100,000 finished rows: 33 pages to find them, 163 with their new versions.
 */
export const CLAIM = `
with due as materialized (
  select t.xid from transactions t
  where t.ended_at is null and t.wake_at <= now()
    and (
      t.holder is null
      or (t.holder = $1::uuid and t.xid not in (select unnest($2::uuid[])))
      or (t.holder <> $1::uuid and not exists (
        select from instances i where i.instance = t.holder and i.heartbeat_at > now() - $3::float8 * interval '1 ms'
      ))
    )
  order by t.wake_at
  limit $4
  for update of t skip locked
)
update transactions t set version = t.version + 1, holder = $1::uuid
from due where t.xid = due.xid
returning ${ROW_COLUMNS}`;
