/**
 * Gives rows back and makes them due, a batch at a time. What somebody has locked is being saved or claimed, so it
 * has found a new holder, and waiting for it could end in a deadlock.
 */
const release = (held: string, limit: string) => `
with given_back as materialized (
  select t.xid from transactions t
  where t.ended_at is null and ${held}
  limit ${limit}
  for update of t skip locked
)
update transactions t set version = t.version + 1, holder = null, wake_at = now()
from given_back g where t.xid = g.xid
returning t.xid`;

/** What dead instances held. */
export const RELEASE_DEAD = release(
  `t.holder in (select instance from instances where heartbeat_at <= now() - $1::float8 * interval '1 ms')`,
  '$2',
);

/** What an instance held that stops. */
export const RELEASE_OWN = release('t.holder = $1::uuid', '$2');
