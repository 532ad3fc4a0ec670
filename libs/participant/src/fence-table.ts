import type { Decision, FenceState } from '@holdfast/protocol';
import type { BranchCommand } from './branch-command.js';
import { branchKey } from './branch-command.js';
import type { SqlTransaction } from './sql-transaction.js';
import type { Call, PreparedStatement } from './statement-chain.js';
import { VERDICTS } from './verdict.js';

/** What a claim writes. An absent Try is `trying` until its answer is recorded, in the same SQL transaction. */
export const CLAIMED_STATE: Record<'try' | Decision, FenceState> = {
  try: 'trying',
  confirm: 'confirmed',
  cancel: 'cancelled',
};

/** The states in which a command runs its handler. */
const RUN_STATES = Object.fromEntries(
  Object.entries(VERDICTS).map(([operation, verdicts]) => [
    operation,
    Object.keys(verdicts).filter((state) => state !== 'absent' && verdicts[state as FenceState] === 'run'),
  ]),
) as Record<'try' | Decision, FenceState[]>;

/** A row that the claim made or moved. */
export interface ClaimedRow {
  readonly state: FenceState;
  /** What the Try answered; null of a new row. */
  readonly answer: unknown;
  /** The branch was absent. */
  readonly isNew: boolean;
}

/** A row that stands in a state which the command does not move. */
export interface StandingRow {
  readonly resource: string;
  readonly state: FenceState;
  /** The reservation, or of a `refused` row its code and message. Null where there was none. */
  readonly answer: unknown;
  /** What came of its force, if it was ended by one. */
  readonly forced: ForceNote | null;
}

/** What a force found, and whether it leaves nothing frozen. */
export interface ForceNote {
  readonly fence: FenceState | null;
  readonly settled: boolean;
  readonly evidence: string;
}

/** A command and the row of its branch. */
export interface Judged<Row> {
  readonly command: BranchCommand;
  readonly row: Row;
}

interface BranchRow {
  readonly xid: string;
  readonly branch_id: string;
}

/**
 * One statement locks, judges and moves the rows of a whole group: an absent branch gets its row, one in a state that
 * runs the handler moves on, and all others are locked and left alone. The conflict clause looks at the row under its
 * lock, whatever this statement's snapshot says, and always through the primary key, so that there is no plan to go
 * wrong while the table grows. It works in the order of its arrays, which is the order of keys.
 *
 * A Try past its deadline becomes `refused` at once, by this database's clock.
 */
const CLAIM: PreparedStatement = {
  name: 'holdfast_fence_claim',
  text: `
    insert into holdfast_fence as fence (xid, branch_id, resource, state, deadline_at)
    select xid, branch_id, $3,
           case when to_timestamp((deadline_ms + $7::float8) / 1000) < now() then 'refused' else $5 end,
           to_timestamp(deadline_ms / 1000)
      from unnest($1::uuid[], $2::text[], $4::float8[]) as given (xid, branch_id, deadline_ms)
        on conflict (xid, branch_id) do update
       set state = excluded.state, updated_at = now()
     where fence.state = any ($6::text[]) and fence.resource = excluded.resource
    returning xid, branch_id, state, answer, answer is null as "isNew"`,
};

/**
 * Claims the branches of commands that have one resource and operation, in the order of their keys, none twice.
 * @returns those whose rows the claim made or moved, and those whose rows stand, locked.
 */
export async function claim(
  tx: SqlTransaction,
  operation: 'try' | Decision,
  resource: string,
  commands: readonly BranchCommand[],
  clockSkewMs: number,
): Promise<{ claimed: Judged<ClaimedRow>[]; standing: BranchCommand[] }> {
  const { rows } = await tx.run<BranchRow & ClaimedRow>(CLAIM, [
    ...keysOf(commands),
    resource,
    commands.map(({ deadlineAt }) => deadlineAt ?? null),
    CLAIMED_STATE[operation],
    RUN_STATES[operation],
    clockSkewMs,
  ]);
  const byBranch = byKey(rows);
  const claimed: Judged<ClaimedRow>[] = [];
  const standing: BranchCommand[] = [];
  for (const command of commands) {
    const row = byBranch.get(branchKey(command));
    if (row) claimed.push({ command, row });
    else standing.push(command);
  }
  return { claimed, standing };
}

// Planned anew for each call: a plan that was kept from when the table was small would read all of it.
const LOOK = `
  select xid, branch_id, resource, state, answer, forced
    from unnest($1::uuid[], $2::text[]) as given (xid, branch_id)
    join holdfast_fence using (xid, branch_id)`;

/** Reads the rows that a claim has locked but not moved. */
export async function look(
  tx: SqlTransaction,
  commands: readonly BranchCommand[],
): Promise<Judged<StandingRow>[]> {
  const { rows } = await tx.run<BranchRow & StandingRow>(LOOK, keysOf(commands));
  const byBranch = byKey(rows);
  return commands.map((command) => ({ command, row: byBranch.get(branchKey(command)) as StandingRow }));
}

const TAKE_BACK = `
  delete from holdfast_fence
   using unnest($1::uuid[], $2::text[]) as given (xid, branch_id)
   where holdfast_fence.xid = given.xid and holdfast_fence.branch_id = given.branch_id`;

/** Takes back new rows of branches for which nothing may stand. */
export async function takeBack(tx: SqlTransaction, commands: readonly BranchCommand[]): Promise<void> {
  await tx.run(TAKE_BACK, keysOf(commands));
}

// Every row is there; the conflict clause is an update that needs no plan, as in the claim.
const RECORD: PreparedStatement = {
  name: 'holdfast_fence_record',
  text: `
    insert into holdfast_fence (xid, branch_id, resource, state, answer)
    select xid, branch_id, $3, state, answer
      from rows from (unnest($1::uuid[], $2::text[], $4::text[]), jsonb_array_elements($5::jsonb))
           as given (xid, branch_id, state, answer)
        on conflict (xid, branch_id) do update
       set state = excluded.state, answer = excluded.answer, updated_at = now()`,
};

/** What came of a new Try. */
export interface TryRecord {
  readonly command: BranchCommand;
  readonly state: 'tried' | 'refused';
  /** The reservation or the refusal as JSON. */
  readonly answerJson: string;
}

/** Writes the answers of Tries that were claimed: the last that happens before they are committed. */
export function recording(resource: string, records: readonly TryRecord[]): Call {
  const values = [
    ...keysOf(records.map(({ command }) => command)),
    resource,
    literalOf(records.map(({ state }) => state)),
    answersOf(records),
  ];
  return { statement: RECORD, values };
}

/** One text of JSON, whose parts need no escaping as they would in an array. */
function answersOf(records: readonly TryRecord[]): string {
  return `[${records.map(({ answerJson }) => answerJson).join()}]`;
}

/**
 * Enters the rows of Tries that are new, with their answers. It fails, and so takes what was done before it in its SQL
 * transaction with it, if one of them has a row already, if a rival is about to make one and takes its time, or if the
 * moment is past that was given: by a division by zero then.
 *
 * It waits for a rival while it holds what the handler has locked. The rival may want that: a wait shorter than
 * PostgreSQL's `deadlock_timeout` (1 s) parts them before there is a deadlock to detect.
 */
const ENTER: PreparedStatement = {
  name: 'holdfast_fence_enter',
  text: `
    with patience as materialized (select set_config('lock_timeout', '200ms', true))
    insert into holdfast_fence (xid, branch_id, resource, state, deadline_at, answer)
    select xid, branch_id, $3, state, to_timestamp(deadline_ms / 1000), answer
      from patience,
           rows from (unnest($1::uuid[], $2::text[], $4::text[], $5::float8[]), jsonb_array_elements($6::jsonb))
           as given (xid, branch_id, state, deadline_ms, answer)
     where 1 / (now() <= to_timestamp($7::float8 / 1000))::integer = 1`,
};

/**
 * The statement that enters new Tries, which goes with the commit.
 * @param lateAt milliseconds since 1970, by this database's clock, after which it fails.
 */
export function entering(resource: string, records: readonly TryRecord[], lateAt: number): Call {
  const values = [
    ...keysOf(records.map(({ command }) => command)),
    resource,
    literalOf(records.map(({ state }) => state)),
    records.map(({ command }) => command.deadlineAt ?? null),
    answersOf(records),
    lateAt,
  ];
  return { statement: ENTER, values };
}

/**
 * Moves rows that are `tried` on, and fails if one of them is not: by a division by zero. A rival that holds one of
 * them will most likely have moved it, and may want what the handler has locked: it is hardly waited for, so that not
 * even several instances after one another keep it waiting for as long as `deadlock_timeout`.
 */
const MOVE: PreparedStatement = {
  name: 'holdfast_fence_move',
  text: `
    with patience as materialized (select set_config('lock_timeout', '10ms', true)),
         moved as (
           insert into holdfast_fence as fence (xid, branch_id, resource, state)
           select xid, branch_id, $3, $4
             from patience, unnest($1::uuid[], $2::text[]) as given (xid, branch_id)
               on conflict (xid, branch_id) do update
              set state = excluded.state, updated_at = now()
            where fence.state = 'tried' and fence.resource = excluded.resource
           returning answer)
    select 1 / (count(answer) = $5)::integer from moved`,
};

/**
 * The statement that moves the rows of Tries on to where a Confirm or Cancel takes them, which goes with the commit.
 * It fails unless all of them stand as `tried`.
 */
export function moving(operation: Decision, resource: string, commands: readonly BranchCommand[]): Call {
  const values = [...keysOf(commands), resource, CLAIMED_STATE[operation], commands.length];
  return { statement: MOVE, values };
}

/**
 * Locks the rows of branches that are to be forced and shows them as they stand; an absent one gets its row, which has
 * no note yet.
 */
const CLAIM_FORCED = `
  insert into holdfast_fence as fence (xid, branch_id, resource, state)
  select xid, branch_id, $3, 'forced' from unnest($1::uuid[], $2::text[]) as given (xid, branch_id)
      on conflict (xid, branch_id) do update set updated_at = fence.updated_at
  returning xid, branch_id, resource, state, answer, forced`;

/** @returns the rows as they stood before; `isNew` those of branches that were absent. */
export async function claimForced(
  tx: SqlTransaction,
  resource: string,
  commands: readonly BranchCommand[],
): Promise<Judged<StandingRow & ClaimedRow>[]> {
  const { rows } = await tx.run<BranchRow & StandingRow>(CLAIM_FORCED, [...keysOf(commands), resource]);
  const byBranch = byKey(rows);
  return commands.map((command) => {
    const row = byBranch.get(branchKey(command)) as StandingRow;
    return { command, row: { ...row, isNew: row.state === 'forced' && row.forced === null } };
  });
}

const RECORD_FORCED = `
  update holdfast_fence as fence set state = 'forced', forced = given.note, updated_at = now()
    from rows from (unnest($1::uuid[], $2::text[]), jsonb_array_elements($3::jsonb)) as given (xid, branch_id, note)
   where fence.xid = given.xid and fence.branch_id = given.branch_id`;

/** Ends branches by force; what their Tries answered is kept. */
export async function recordForced(
  tx: SqlTransaction,
  notes: ReadonlyMap<BranchCommand, ForceNote>,
): Promise<void> {
  await tx.run(RECORD_FORCED, [...keysOf([...notes.keys()]), JSON.stringify([...notes.values()])]);
}

/** The arrays of keys, as literals. */
function keysOf(commands: readonly BranchCommand[]): [string, string] {
  return [literalOf(commands.map(({ xid }) => xid)), literalOf(commands.map(({ branchId }) => branchId))];
}

/** An array as PostgreSQL reads it, of identifiers, which hold nothing to escape: several times cheaper than by pg. */
function literalOf(identifiers: readonly string[]): string {
  return `{"${identifiers.join('","')}"}`;
}

function byKey<Row extends BranchRow>(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [branchKey({ xid: row.xid, branchId: row.branch_id }), row]));
}
