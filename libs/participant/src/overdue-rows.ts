import { FENCE_BATCH_MAX, type Inquiry } from '@holdfast/protocol';
import type { DataSource } from 'typeorm';

/** The longest wait for a word about a row before it is asked about again, in milliseconds. */
const WAIT_MS_MAX = 3_600_000;
/** The wait doubles so often; beyond that it has long reached its longest. */
const DOUBLINGS_MAX = 20;
/** The most rows that one step looks at. */
const LOOK_MAX = 20_000;

const IS_FROZEN = `fence.state in ('trying', 'tried')`;

/**
 * Until when all rows have been made that ever will be: a row bears the time at which its SQL transaction began, and
 * may be seen only when that has ended. Read before the rows are, in a statement of its own. The grace leaves room for
 * a transaction that has begun and is not shown yet.
 */
const MADE_UNTIL = `
  select least(now() - $1::float8 * interval '1 ms', min(xact_start) - interval '1 us')::text as until
    from pg_stat_activity
   where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()`;

/**
 * Looks at the next rows in the order in which they were made, each once in its life, and lists those that are still
 * frozen: to be asked about when their deadline and grace are over. Instances take turns by the lock of its one row.
 */
const LIST_FROZEN = `
  with watch as materialized (
    select seen_to from holdfast_fence_watch for update
  ), bound as materialized (
    select greatest((select seen_to from watch), least($1::timestamptz, max(created_at))) as seen_to
      from (select created_at from holdfast_fence
             where created_at > (select seen_to from watch) order by created_at limit ${LOOK_MAX}) as next
  ), listed as (
    insert into holdfast_fence_overdue (xid, branch_id, ask_at)
    select xid, branch_id, coalesce(deadline_at, created_at) + $2::float8 * interval '1 ms'
      from holdfast_fence as fence
     where created_at > (select seen_to from watch) and created_at <= (select seen_to from bound) and ${IS_FROZEN}
        on conflict do nothing
  )
  update holdfast_fence_watch as w set seen_to = bound.seen_to from bound, watch
  returning bound.seen_to < $1::timestamptz and bound.seen_to > watch.seen_to as "hasMore"`;

/** Lists the rows that are still frozen after the grace. */
export async function listFrozen(dataSource: DataSource, graceMs: number): Promise<void> {
  const [{ until }] = await dataSource.query<[{ until: string }]>(MADE_UNTIL, [graceMs]);
  for (let hasMore = true; hasMore;) {
    const [[step]] = await dataSource.query<[[{ hasMore: boolean }], number]>(LIST_FROZEN, [until, graceMs]);
    hasMore = step.hasMore;
  }
}

/** Strikes off what has been settled since it was listed. */
const STRIKE_OFF = `
  delete from holdfast_fence_overdue as overdue
   where ask_at < now()
     and not exists (select from holdfast_fence as fence
                      where fence.xid = overdue.xid and fence.branch_id = overdue.branch_id and ${IS_FROZEN})`;

/**
 * Takes the rows that are due for longest, and puts each off: by twice the grace after the first question, then
 * doubled, less up to a quarter so that they part. The fence's own rows are not locked.
 */
const TAKE_DUE = `
  with due as materialized (
    select xid, branch_id from holdfast_fence_overdue
     where ask_at < now()
     order by ask_at
     limit $3
       for update skip locked
  )
  update holdfast_fence_overdue as overdue
     set asked = asked + 1,
         ask_at = now() + interval '1 ms' *
           (least($2::float8, $1::float8 * 2 ^ least(asked + 1, ${DOUBLINGS_MAX})) * (1 - random() / 4))
    from due
    join holdfast_fence as fence on fence.xid = due.xid and fence.branch_id = due.branch_id and ${IS_FROZEN}
   where overdue.xid = due.xid and overdue.branch_id = due.branch_id
  returning fence.xid, fence.branch_id as "branchId", fence.resource, fence.state as fence,
            round(extract(epoch from now()) * 1000)::float8 as "askedAt"`;

/** A frozen row, and the database's time at which it was read, in milliseconds since 1970. */
export type OverdueRow = Inquiry['branches'][number] & Pick<Inquiry, 'askedAt'>;

/** One batch of rows that somebody has to be asked about now. */
export async function takeDue(dataSource: DataSource, graceMs: number): Promise<OverdueRow[]> {
  await dataSource.query(STRIKE_OFF);
  const [rows] = await dataSource.query<[OverdueRow[], number]>(TAKE_DUE, [
    graceMs,
    WAIT_MS_MAX,
    FENCE_BATCH_MAX,
  ]);
  return rows;
}
