import { milliseconds } from '../transaction-row.js';

const TIMES = [
  'began_at',
  'deadline_at',
  'confirm_not_before',
  'cooling_since',
  'decided_at',
  'ended_at',
  'paused_at',
  'hung_since',
];
/** What a row of a list shows: never the branches with their inputs. */
const LISTED = `
  t.xid, t.name, t.reference, t.phase, t.reason, t.paused_by, t.pause_reason, t.hung_code, t.hung_participants,
  t.contradicted, t.contradicted and not t.acknowledged as disputed, t.forced,
  ${TIMES.map(milliseconds).join(', ')}`;

/** Filters that are not given are constants to the planner, since each call is planned by itself. */
const FILTERS = `
  ($1::text is null or t.phase = $1)
  and ($2::text is null or t.name = $2)
  and ($3::text is null or t.branches @> jsonb_build_array(jsonb_build_object('participant', $3::text)))
  and ($4::text is null or t.branches @> jsonb_build_array(jsonb_build_object('resource', $4::text)))
  and ($5::float8 is null or t.began_at < to_timestamp($5 / 1000))
  and ($6::integer is null or t.attempts_max >= $6)
  and ($7::text is null or t.last_error_code = $7)
  and ($10::boolean is null or (t.hung_code is not null) = $10)
  and ($11::boolean is null or (t.contradicted and not t.acknowledged) = $11)`;

/**
 * The candidates first, by one of the indexes over unresolved rows: a page in the order of the primary key would walk
 * through all that has ended until it has found enough. The cost grows with what is unresolved, never with history.
 *
 * Measured with 1,000,000 ended and 100 unresolved transactions over REST, two busy cores: 2 to 20 ms by any filter.
 */
const listByXid = (found: string) => `
with candidates as materialized (
  select t.xid from transactions t
  where ${found} and ${FILTERS} and ($8::uuid is null or t.xid < $8)
), page as materialized (
  select xid from candidates order by xid desc limit $9
)
select ${LISTED} from page join transactions t using (xid) order by t.xid desc`;

export const LIST_UNRESOLVED = listByXid('t.ended_at is null');

/** Ended ones, too: a contradiction stands until somebody settles it. They have an index of their own, and are few. */
export const LIST_DISPUTED = listByXid('t.contradicted and not t.acknowledged');

/** One reference stands for few transactions, ended ones and others. */
export const LIST_BY_REFERENCE = `
with candidates as materialized (
  select t.xid from transactions t
  where t.reference = $12 and ${FILTERS} and ($8::uuid is null or t.xid < $8)
    and ($13::float8 is null or t.ended_at >= to_timestamp($13 / 1000))
    and ($14::float8 is null or t.ended_at < to_timestamp($14 / 1000))
), page as materialized (
  select xid from candidates order by xid desc limit $9
)
select ${LISTED} from page join transactions t using (xid) order by t.xid desc`;

/**
 * A window of end times may hold millions: one page looks at so many and no more, and says where it stopped, though it
 * may have found fewer than were asked for. There is always a row, if only to say that.
 *
 * Measured with 1,000,000 ended transactions over REST, two busy cores: 20 to 46 ms, whatever is filtered.
 */
export const LIST_ENDED = `
with looked_at as materialized (
  select t.xid, t.ended_at from transactions t
  where t.ended_at >= to_timestamp($12::float8 / 1000) and t.ended_at < to_timestamp($13::float8 / 1000)
    and ($14::float8 is null or (t.ended_at, t.xid) < (to_timestamp($14 / 1000), $8::uuid))
  order by t.ended_at desc, t.xid desc
  limit $15
), stopped as (
  select xid as stopped_xid, round(extract(epoch from ended_at) * 1000)::float8 as stopped_at
  from looked_at where (select count(*) from looked_at) = $15
  order by ended_at, xid limit 1
), page as (
  select t.xid from looked_at join transactions t using (xid)
  where ${FILTERS}
  order by t.ended_at desc, t.xid desc limit $9
)
select stopped.*, ${LISTED}
from (values (true)) as always left join stopped on true left join page on true left join transactions t using (xid)
order by t.ended_at desc, t.xid desc`;
