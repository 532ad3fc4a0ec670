import { INSERT_AUDIT, auditRows } from './audit.js';
import { ROW_FORMAT } from '../transaction-row.js';

/**
 * Saves a batch, each row only if it still stands at the version that was loaded; a save that decides only if nobody
 * has decided before, which guards I3 a second time, and to confirm not before the time that was set for that. Rows
 * are locked by xid, so that two coordinators whose batches overlap cannot wait for each other. `set_config` holds for this statement's own transaction: a commit that carries
 * nothing but ends need not wait for the disk.
 *
 * What is saved travels through `locked`, so that the update joins nothing else. Joining the arrays once more made the
 * planner, which expects one row of `locked`, compare each with each: 2.5 times the server's CPU in a batch of 400.
 * Locking first costs a tenth.
 *
 * Measured with four branches a row, one connection, two busy cores (rows a second, server's CPU a row):
 * batch 400: 5,300/s, 58 µs; batch 50: 7,600/s, 65 µs; batch 1: 900/s, 620 µs, of which most is the plan and the commit.
 */
const LOCK = `
with commit_mode as materialized (
  select set_config('synchronous_commit', case when $12::boolean then 'off' else 'on' end, true)
), locked as materialized (
  select i.* from rows from (
    unnest($1::uuid[], $2::integer[], $3::boolean[], $4::text[]), jsonb_array_elements($5::jsonb),
    unnest($6::float8[], $7::float8[], $8::float8[]), jsonb_array_elements($9::jsonb),
    json_array_elements($10::json), jsonb_array_elements($13::jsonb)
  ) as i (xid, version, decides, phase, reason, wake_at, decided_at, ended_at, branches, progress, operators)
  join transactions t on t.xid = i.xid
  where t.version = i.version and (not i.decides or t.phase = 'trying')
    and (not i.decides or i.phase = 'cancelling' or coalesce(t.confirm_not_before, '-infinity') <= now())
  order by t.xid
  for update of t
)`;

const UPDATE = `
update transactions t set
  format = ${ROW_FORMAT},
  version = i.version + 1,
  holder = case when i.ended_at is null then $11::uuid end,
  phase = i.phase,
  reason = nullif(i.reason, 'null'),
  wake_at = to_timestamp(i.wake_at / 1000),
  decided_at = to_timestamp(i.decided_at / 1000),
  ended_at = to_timestamp(i.ended_at / 1000),
  branches = coalesce(nullif(i.branches, 'null'), t.branches),
  progress = case json_typeof(i.progress) when 'null' then t.progress else i.progress end,
  paused_at = to_timestamp((i.operators ->> 'pausedAt')::float8 / 1000),
  paused_by = i.operators ->> 'pausedBy',
  pause_reason = i.operators ->> 'pauseReason',
  cooling_since = to_timestamp((i.operators ->> 'coolingSince')::float8 / 1000),
  hung_code = i.operators ->> 'hungCode',
  hung_since = to_timestamp((i.operators ->> 'hungSince')::float8 / 1000),
  hung_participants = i.operators -> 'hungParticipants',
  contradicted = coalesce((i.operators ->> 'contradicted')::boolean, false),
  acknowledged = coalesce((i.operators ->> 'acknowledged')::boolean, false),
  forced = coalesce((i.operators ->> 'forced')::boolean, false),
  attempts_max = coalesce((i.operators ->> 'attemptsMax')::integer, 1),
  last_error_code = i.operators ->> 'lastErrorCode'
from locked i, commit_mode
where t.xid = i.xid
returning t.xid`;

export const SAVE = LOCK + UPDATE;

/** The same with audit records, each written only if its transaction is saved. */
export const SAVE_AUDITED = `${LOCK}, saved as materialized (${UPDATE}), audited as (
  ${INSERT_AUDIT} select a.* from (${auditRows(14)}) a join saved on saved.xid = a.xid
)
select xid from saved`;
