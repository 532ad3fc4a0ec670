/**
 * The branches of unresolved transactions, and of those of which an operator forced a branch. Whether they hold
 * something stands in `progress`, which only its reader takes apart: PostgreSQL would refuse what a participant may
 * answer, such as a NUL.
 */
export const LIST_BRANCHES = `
with candidates as materialized (
  select xid from transactions where ended_at is null and ($3::float8 is null or began_at < to_timestamp($3 / 1000))
  union
  select xid from transactions where forced and ($3 is null or began_at < to_timestamp($3 / 1000))
)
select t.xid, t.name, t.reference, t.phase, ${['began_at', 'ended_at']
  .map((column) => `round(extract(epoch from t.${column}) * 1000)::float8 as ${column}`)
  .join(', ')},
  b.branch ->> 'branchId' as "branchId", b.branch ->> 'participant' as participant,
  b.branch ->> 'resource' as resource, b.progress
from candidates join transactions t using (xid), lateral rows from (
  jsonb_array_elements(t.branches), json_array_elements(t.progress)
) as b (branch, progress)
where ($1::text is null or b.branch ->> 'participant' = $1)
  and ($2::text is null or b.branch ->> 'resource' = $2)
  and ($4::uuid is null or (t.xid, b.branch ->> 'branchId') > ($4, $5::text))
order by t.xid, b.branch ->> 'branchId'
limit $6`;
