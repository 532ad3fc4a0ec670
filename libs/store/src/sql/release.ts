/**
 * Gives back what an instance holds that stops, and makes it due, a batch at a time; a paused row stays asleep. What somebody has locked is being
 * saved, so waiting for it could end in a deadlock: it is claimed once nobody remembers the instance.
 */
export const RELEASE = `
with given_back as materialized (
  select t.xid from transactions t
  where t.ended_at is null and t.holder = $1::uuid
  limit $2
  for update of t skip locked
)
update transactions t set version = t.version + 1, holder = null,
  wake_at = case when t.paused_at is null then now() end
from given_back g where t.xid = g.xid
returning t.xid`;
