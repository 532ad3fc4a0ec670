const TIMES = ['last_answer_at', 'set_aside_since', 'unread_since', 'paused_at'];
const COLUMNS = `p.name, p.paused_by, p.pause_reason, ${TIMES.map(
  (column) => `round(extract(epoch from p.${column}) * 1000)::float8 as ${column}`,
).join(', ')}`;

/**
 * Tells what one coordinator has learnt of participants, and reads what all know. An answer brings a participant back
 * from where anybody has set it aside before; nobody sets aside who has answered somebody within $3 milliseconds. Rows
 * are locked by name. Where there is nothing to tell, nothing is written.
 */
export const EXCHANGE = `
with told as (
  insert into participants as p (name, last_answer_at, set_aside_since)
  select i.name, to_timestamp(i.answered_at / 1000), case when i.answered_at is null then now() end
  from unnest($1::text[], $2::float8[]) as i (name, answered_at)
  order by i.name
  on conflict (name) do update set
    last_answer_at = greatest(p.last_answer_at, excluded.last_answer_at),
    set_aside_since = case
      when excluded.last_answer_at >= p.set_aside_since then null
      when excluded.set_aside_since is null then p.set_aside_since
      when p.last_answer_at > now() - $3::float8 * interval '1 ms' then null
      else coalesce(p.set_aside_since, excluded.set_aside_since)
    end,
    unread_since = case when excluded.last_answer_at >= p.unread_since then null else p.unread_since end
  returning ${COLUMNS}
)
select * from told
union all
select ${COLUMNS} from participants p where p.name not in (select name from told)`;

/** Notes whose commands are read by nobody, since the first who found it so, and whose are. Rows are locked by name. */
export const NOTE_READERS = `
insert into participants as p (name, unread_since)
select i.name, case when not i.is_read then now() end
from unnest($1::text[], $2::boolean[]) as i (name, is_read)
order by i.name
on conflict (name) do update set
  unread_since = case when excluded.unread_since is not null then coalesce(p.unread_since, excluded.unread_since) end
returning ${COLUMNS}`;

/** Notes who paused or resumed it, in the same commit; `changed` is what to look for where something changed. */
const audited = (action: string, changed: string) => `audited as (
  insert into audit (at, actor, action, reason, participant, result)
  select now(), $2, '${action}', $3, $1, case when ${changed} then 'applied' else 'unchanged' end
)`;

/** The first pause stands, with its reason, until it is resumed. What stood before is looked at before it changes. */
export const PAUSE_PARTICIPANT = `
with before as materialized (
  select paused_at from participants where name = $1 for update
), paused as (
  insert into participants as p (name, paused_at, paused_by, pause_reason)
  select $1, now(), $2, $3 from (select count(*) from before) as looked
  on conflict (name) do update set
    paused_at = coalesce(p.paused_at, excluded.paused_at),
    paused_by = coalesce(p.paused_by, excluded.paused_by),
    pause_reason = coalesce(p.pause_reason, excluded.pause_reason)
  returning ${COLUMNS}
), ${audited('pause-participant', 'not exists (select from before where paused_at is not null)')}
select * from paused`;

export const RESUME_PARTICIPANT = `
with before as materialized (
  select paused_at from participants where name = $1 for update
), resumed as (
  update participants p set paused_at = null, paused_by = null, pause_reason = null
  from (select count(*) from before) as looked where p.name = $1
  returning ${COLUMNS}
), ${audited('resume-participant', 'exists (select from before where paused_at is not null)')}
select * from resumed`;

/** All that have announced themselves, or of which anything is known, with what they announced. */
export const LIST_PARTICIPANTS = `
with announced as (
  select r.participant, json_agg(json_build_object(
    'resource', r.resource, 'schemaHash', r.schema_hash, 'inputSchema', r.input_schema, 'sdkVersion', r.sdk_version,
    'announcedAt', round(extract(epoch from r.announced_at) * 1000)
  ) order by r.resource, r.announced_at) as resources
  from resources r group by r.participant
)
select coalesce(p.name, a.participant) as name, coalesce(a.resources, '[]') as resources,
  ${COLUMNS.replace('p.name, ', '')}
from participants p full join announced a on a.participant = p.name
order by 1`;
