/**
 * One bounded step of forgetting, in the order of the ends: looks at up to $4 transactions that ended before the
 * retention, from (`$2`, `$3`) on, where the last step came to, and removes them. What was forced or contradicted
 * stays and costs a look each time round; so does, until then, what somebody has locked.
 *
 * The index on the end finds them, and their place in the table (ctid) removes them without a second look by key.
 */
export const FORGET_TRANSACTIONS = `
with old as materialized (
  select t.ctid as place, t.ended_at, t.xid, t.forced or t.contradicted as kept from transactions t
  where t.ended_at < now() - $1::float8 * interval '1 ms' and (t.ended_at, t.xid) > ($2::timestamptz, $3::uuid)
  order by t.ended_at, t.xid
  limit $4
  for update skip locked
), removed as (
  delete from transactions t using old where t.ctid = old.place and not old.kept
  returning 1
), last as (
  select ended_at::text as "at", xid from old order by ended_at desc, xid desc limit 1
)
select (select count(*)::int from old) as looked, (select count(*)::int from removed) as removed, last.*
from (select 1) one left join last on true`;

/**
 * The same for idempotency keys, in the order of their making. A key goes once it is older than its time and its
 * transaction is gone: until then whoever repeats its begin has to be told of it.
 */
export const FORGET_KEYS = `
with old as materialized (
  select k.ctid as place, k.created_at, k.xid from idempotency_keys k
  where k.created_at < now() - $1::float8 * interval '1 ms' and (k.created_at, k.xid) > ($2::timestamptz, $3::uuid)
  order by k.created_at, k.xid
  limit $4
), removed as (
  delete from idempotency_keys k using old
  where k.ctid = old.place and not exists (select from transactions t where t.xid = old.xid)
  returning 1
), last as (
  select created_at::text as "at", xid from old order by created_at desc, xid desc limit 1
)
select (select count(*)::int from old) as looked, (select count(*)::int from removed) as removed, last.*
from (select 1) one left join last on true`;
