import { INSERT_AUDIT, auditRows } from './audit.js';

/** Makes a batch with its items and the record of who made it, in one commit. */
export const CREATE_BATCH = `
with batch as (
  insert into batches (batch_id, action, reason, rate_per_second, created_by) values ($1, $2, $3, $4, $5)
), items as (
  insert into batch_items (batch_id, xid, etag) select $1, i.* from unnest($6::uuid[], $7::text[]) i
)
${INSERT_AUDIT} select a.* from (${auditRows(8)}) a`;

/**
 * Claims batches that run and that nobody works on, or oneself does: until then nobody else works on them. Whoever dies
 * loses them when his time is over.
 */
export const CLAIM_BATCHES = `
with free as materialized (
  select batch_id from batches
  where state = 'running' and (claimed_by = $1::uuid or claimed_until <= now())
  order by created_at limit $3
  for update skip locked
)
update batches b set claimed_by = $1::uuid, claimed_until = now() + $2::float8 * interval '1 ms'
from free where b.batch_id = free.batch_id
returning b.batch_id as "batchId", b.action, b.reason, b.rate_per_second as "ratePerSecond",
  b.created_by as "createdBy"`;

export const NEXT_ITEMS = `
select xid, etag from batch_items where batch_id = $1 and state = 'pending' order by xid limit $2`;

/** Notes what came of items; the first note stands. */
export const NOTE_ITEMS = `
update batch_items b set state = i.state, detail = i.detail, at = now()
from unnest($2::uuid[], $3::text[], $4::text[]) as i (xid, state, detail)
where b.batch_id = $1 and b.xid = i.xid and b.state = 'pending'`;

export const END_BATCH = `
update batches b set state = 'done', ended_at = now()
where b.batch_id = $1 and b.state = 'running'
  and not exists (select from batch_items i where i.batch_id = $1 and i.state = 'pending')`;

/** Stops a batch that runs, with the record of who did, or of that there was nothing to stop. */
export const STOP_BATCH = `
with stopped as (
  update batches set state = 'stopped', ended_at = now() where batch_id = $1 and state = 'running' returning batch_id
)
${INSERT_AUDIT}
select a.at, a.actor, a.action, a.reason, a.xid, a."branchId", a.participant, a."batchId", a.evidence,
  case when exists (select from stopped) then 'applied' else 'unchanged' end
from (${auditRows(2)}) a`;

export const COUNT_ITEMS = `
select state, count(*)::integer as count from batch_items where batch_id = $1 group by state`;
