/** Says that an instance lives, and reads the database's clock, which decides all times. */
export const HEARTBEAT = `
insert into instances (instance, heartbeat_at) values ($1::uuid, clock_timestamp())
on conflict (instance) do update set heartbeat_at = excluded.heartbeat_at
returning extract(epoch from clock_timestamp())::float8 * 1000 as now`;

/** Forgets instances that are dead and hold nothing. */
export const FORGET_DEAD = `
delete from instances i
where i.heartbeat_at <= now() - $1::float8 * interval '1 ms'
  and not exists (select from transactions t where t.holder = i.instance and t.ended_at is null)`;

export const REMOVE_INSTANCE = `delete from instances where instance = $1::uuid`;
