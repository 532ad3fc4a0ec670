import {
  FENCE_BATCH_MAX,
  FORMAT_VERSION,
  encode,
  topics,
  type CleanupAnswer,
  type CleanupQuestion,
} from '@holdfast/protocol';
import type { OutgoingMessage } from '@holdfast/bus';
import type { SweepSettings } from './sweep-settings.js';

type FenceKey = CleanupQuestion['branches'][number];

/** The questions of one tick; with as many rows in each that is the most that one tick asks about. */
const QUESTIONS_MAX = 40;
/** How long to wait, once all rows were asked about, before those that may not go yet are asked about again. */
const REST_MS = 600_000;
const START: FenceKey = { xid: '00000000-0000-0000-0000-000000000000', branchId: '' };

/** Rows that nothing changes any more. What is frozen, and what was forced, stays. */
const IS_SETTLED = `fence.state in ('refused', 'confirmed', 'cancelled')
   and fence.updated_at < now() - $1::float8 * interval '1 ms'`;

/**
 * The next settled rows past retention. The key begins with the time of birth, so the primary key finds them from the
 * oldest on, and no index of their own is written with each branch.
 */
const NEXT_SETTLED = `
  select fence.xid, fence.branch_id as "branchId"
    from holdfast_fence as fence
   where (fence.xid, fence.branch_id) > ($2::uuid, $3::text)
     and fence.xid < (lpad(to_hex((extract(epoch from now()) * 1000 - $1::float8)::bigint), 12, '0')
                      || repeat('0', 20))::uuid
     and ${IS_SETTLED}
   order by fence.xid, fence.branch_id
   limit $4`;

/** Removes rows by their whole keys; one that is in use is left for the next pass. Locks in the order of keys. */
const REMOVE = `
  with settled as materialized (
    select fence.xid, fence.branch_id
      from unnest($2::uuid[], $3::text[]) as given (xid, branch_id)
      join holdfast_fence as fence on fence.xid = given.xid and fence.branch_id = given.branch_id
     where ${IS_SETTLED}
     order by fence.xid, fence.branch_id
       for update of fence skip locked
  )
  delete from holdfast_fence as fence
   using settled
   where fence.xid = settled.xid and fence.branch_id = settled.branch_id`;

/**
 * Removes the rows of branches that were settled longer ago than the retention, if the coordinators say that their
 * transactions ended as long ago: until then a command may come that needs them.
 */
export class FenceCleanup {
  #after = START;
  #askedInPass = false;
  #restsUntil = -Infinity;

  constructor(private readonly settings: SweepSettings) {}

  /** Asks about the next rows. */
  async tick(): Promise<void> {
    if (performance.now() < this.#restsUntil) return;
    const questions: OutgoingMessage[] = [];
    let page: FenceKey[];
    do {
      page = await this.#nextPage();
      if (page.length > 0) questions.push(this.#question(page));
      this.#after = page.length === FENCE_BATCH_MAX ? (page.at(-1) as FenceKey) : START;
    } while (this.#after !== START && questions.length < QUESTIONS_MAX);
    if (questions.length > 0) await this.settings.bus.publish(questions);
    this.#askedInPass ||= questions.length > 0;
    if (this.#after !== START) return;
    if (this.#askedInPass) this.#restsUntil = performance.now() + REST_MS;
    this.#askedInPass = false;
  }

  /** Removes what a coordinator says may go, as far as it is settled and past retention here as well. */
  async answered({ branches }: CleanupAnswer): Promise<void> {
    const { dataSource, retentionMs, observer } = this.settings;
    const [, removed] = await dataSource.query<[unknown[], number]>(REMOVE, [
      retentionMs,
      branches.map(({ xid }) => xid),
      branches.map(({ branchId }) => branchId),
    ]);
    if (removed > 0) observer.cleaned?.(removed);
  }

  #nextPage(): Promise<FenceKey[]> {
    const { dataSource, retentionMs } = this.settings;
    const { xid, branchId } = this.#after;
    return dataSource.query<FenceKey[]>(NEXT_SETTLED, [retentionMs, xid, branchId, FENCE_BATCH_MAX]);
  }

  #question(branches: FenceKey[]): OutgoingMessage {
    const { participant, topicPrefix, retentionMs, clockSkewMs } = this.settings;
    // This database's clock may be behind the coordinators': a command must be past retention by it once its row goes.
    const endedForMs = retentionMs + clockSkewMs;
    const question: CleanupQuestion = { v: FORMAT_VERSION, participant, endedForMs, branches };
    return {
      topic: topics(topicPrefix).reply,
      ...encode('holdfast.cleanup-question', question, participant),
    };
  }
}
