const TIMES = ['last_answer_at', 'set_aside_since', 'paused_at'];
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
    end
  returning ${COLUMNS}
)
select * from told
union all
select ${COLUMNS} from participants p where p.name not in (select name from told)`;

/** The first pause stands, with its reason, until it is resumed. */
export const PAUSE_PARTICIPANT = `
insert into participants as p (name, paused_at, paused_by, pause_reason) values ($1, now(), $2, $3)
on conflict (name) do update set
  paused_at = coalesce(p.paused_at, excluded.paused_at),
  paused_by = coalesce(p.paused_by, excluded.paused_by),
  pause_reason = coalesce(p.pause_reason, excluded.pause_reason)
returning ${COLUMNS}`;

export const RESUME_PARTICIPANT = `
update participants p set paused_at = null, paused_by = null, pause_reason = null where p.name = $1
returning ${COLUMNS}`;
