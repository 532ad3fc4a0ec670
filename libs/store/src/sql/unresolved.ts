/**
 * What is unresolved, for gauges over the whole database: read by the oldest living instance and by nobody else, so
 * that however many coordinators there are, each number is told once. Whoever is not it gets no row, and the rows of
 * `transactions` are not looked at; where there is nothing to tell, it gets one row without a phase.
 *
 * It reads the index of unresolved rows and these rows; of what has ended, only contradictions that nobody has settled,
 * by an index of their own.
 */
export const READ_UNRESOLVED = `
with teller as materialized (
  select from instances me
  where me.instance = $1::uuid and me.heartbeat_at > now() - $2::float8 * interval '1 ms'
    and not exists (
      select from instances other
      where other.instance < me.instance and other.heartbeat_at > now() - $2::float8 * interval '1 ms'
    )
)
select u.* from teller left join (
  select t.phase, t.contradicted and not t.acknowledged as disputed, t.paused_at is not null as paused,
    case when t.hung_code is not null
      then jsonb_build_object('code', t.hung_code, 'participants', coalesce(t.hung_participants, '[]'))
    end as hung, count(*)::int as count,
    extract(epoch from now() - min(t.began_at))::float8 as "oldestSeconds",
    extract(epoch from now() - min(t.wake_at))::float8 as "overdueSeconds"
  from transactions t where t.ended_at is null
  group by 1, 2, 3, 4
  union all
  select t.phase, true, false, null, count(*)::int, 0, 0
  from transactions t where t.contradicted and not t.acknowledged and t.ended_at is not null
  group by 1
) u on true`;
