import type { Transaction } from '@holdfast/core';
import type { DataSource } from 'typeorm';
import type { AuditRecord } from './audit-record.js';
import { Database } from './database.js';
import { runInHalves } from './halving.js';
import type { RejectedItem } from './halving.js';
import { operatorColumns } from './operator-columns.js';
import { ADD_AUDIT } from './sql/audit.js';
import { BEGIN, READ_KEYS } from './sql/begin.js';
import { CLAIM } from './sql/claim.js';
import { LOAD, LOAD_CHANGED } from './sql/load.js';
import { RELEASE } from './sql/release.js';
import { SAVE, SAVE_AUDITED } from './sql/save.js';
import { ROW_FORMAT, branchesColumn, endTellsProgress, progressColumn, toStored } from './transaction-row.js';
import type { StoredTransaction, TransactionRow } from './transaction-row.js';

/** What makes a repeated begin the same transaction. */
export interface IdempotencyKey {
  /** Whose key it is: the owner of the credential. */
  readonly scope: string;
  readonly key: string;
  /** A digest of the request's body. The same key with another body is refused. */
  readonly bodyHash: string;
}

export interface BeginItem {
  readonly transaction: Transaction;
  readonly key: IdempotencyKey | null;
}

type KeyedBegin = BeginItem & { readonly key: IdempotencyKey };
const isKeyed = (item: BeginItem): item is KeyedBegin => item.key !== null;

/** What came of a begin: it is new, it repeats that of `xid`, or its key was used with another body. */
export type BeginOutcome = { readonly type: 'begun' } | RepeatedOutcome;
export type RepeatedOutcome =
  { readonly type: 'repeated'; readonly xid: string } | { readonly type: 'keyReused'; readonly xid: string };

export interface SaveItem {
  /** As it stands in the database, at `version`. */
  readonly saved: Transaction;
  readonly version: number;
  readonly next: Transaction;
  /** What operators did to it, written if and only if it is saved. */
  readonly audit?: readonly AuditRecord[];
}

export interface SaveResult {
  /** What stands in the database now, one version further. What is missing here lost against a newer state. */
  readonly saved: ReadonlySet<string>;
  readonly rejected: readonly RejectedItem<SaveItem>[];
}

/** At which version somebody saw a transaction last; 0 if he has not. */
export interface SeenTransaction {
  readonly xid: string;
  readonly version: number;
}

/** What came of a claim. */
export interface Claim {
  /** The database's clock, in milliseconds since 1970. */
  readonly now: number;
  readonly claimed: readonly StoredTransaction[];
}

interface KeyRow {
  readonly scope: string;
  readonly key: string;
  readonly xid: string;
  readonly body_hash: string;
}

/** The most that is given back in one statement. */
const RELEASE_LIMIT = 1_000;

/** The transactions' rows. Each method is one or two statements for a batch of any size; nothing else writes them. */
export class TransactionStore {
  private readonly database: Database;

  /** @param instance who writes here: named as the holder in every row that is saved. */
  constructor(
    dataSource: DataSource,
    private readonly instance: string,
  ) {
    this.database = new Database(dataSource);
  }

  /** Begins a batch; no key may stand in it twice. When it resolves, all that is `begun` is durable. */
  async begin(items: readonly BeginItem[]): Promise<Map<BeginItem, BeginOutcome | Error>> {
    const { results, rejected } = await runInHalves(items, (batch) => this.insert(batch));
    const inserted = new Set(results);
    const outcomes = new Map<BeginItem, BeginOutcome | Error>(
      rejected.map(({ item, error }) => [item, error]),
    );
    const taken: KeyedBegin[] = [];
    for (const item of items) {
      if (inserted.has(item.transaction.xid)) outcomes.set(item, { type: 'begun' });
      else if (isKeyed(item) && !outcomes.has(item)) taken.push(item);
    }
    if (taken.length > 0) await this.readTaken(taken, outcomes);
    return outcomes;
  }

  private async insert(items: readonly BeginItem[]): Promise<string[]> {
    const column = <T>(pick: (transaction: Transaction) => T) => items.map((item) => pick(item.transaction));
    const rows = await this.database.run<{ xid: string }>({ name: 'begin', text: BEGIN }, [
      literalOf(column((t) => t.xid)),
      items.map((item) => item.key?.scope ?? null),
      items.map((item) => item.key?.key ?? null),
      items.map((item) => item.key?.bodyHash ?? null),
      column((t) => t.name),
      column((t) => t.reference),
      literalOf(column((t) => t.declared)),
      literalOf(column((t) => t.beganAt)),
      literalOf(column((t) => t.deadlineAt)),
      literalOf(column((t) => t.wakeAt)),
      jsonArray(column(branchesColumn)),
      jsonArray(column(progressColumn)),
      this.instance,
      ROW_FORMAT,
      // These columns are not made at all while nobody uses them.
      items.some(({ transaction }) => transaction.traceParent !== undefined)
        ? column((t) => t.traceParent ?? null)
        : null,
      items.some(({ transaction }) => transaction.confirmNotBefore !== null)
        ? column((t) => t.confirmNotBefore)
        : null,
    ]);
    return rows.map((row) => row.xid);
  }

  private async readTaken(
    taken: readonly KeyedBegin[],
    outcomes: Map<BeginItem, BeginOutcome | Error>,
  ): Promise<void> {
    const owners = await this.readKeys(taken.map(({ key }) => key));
    for (const item of taken) {
      const owner = owners.get(`${item.key.scope}\n${item.key.key}`);
      if (!owner) throw new Error(`the idempotency key of ${item.transaction.xid} was taken and is gone`);
      outcomes.set(item, repeatOf(item.key, owner));
    }
  }

  /** For each key what a begin with it repeats; undefined where none was saved. */
  async repeated(keys: readonly IdempotencyKey[]): Promise<(RepeatedOutcome | undefined)[]> {
    const owners = await this.readKeys(keys);
    return keys.map((key) => {
      const owner = owners.get(`${key.scope}\n${key.key}`);
      return owner && repeatOf(key, owner);
    });
  }

  private async readKeys(keys: readonly IdempotencyKey[]): Promise<ReadonlyMap<string, KeyRow>> {
    const rows = await this.database.run<KeyRow>({ name: 'read-keys', text: READ_KEYS }, [
      keys.map(({ scope }) => scope),
      keys.map(({ key }) => key),
    ]);
    return new Map(rows.map((row) => [`${row.scope}\n${row.key}`, row]));
  }

  /** Whether this instance was the last to save the row: then it may keep it in memory. */
  isHolder({ holder }: StoredTransaction): boolean {
    return holder === this.instance;
  }

  async load(xids: readonly string[]): Promise<StoredTransaction[]> {
    if (xids.length === 0) return [];
    const rows = await this.database.run<TransactionRow>({ name: 'load', text: LOAD }, [xids]);
    return rows.map(toStored);
  }

  /** Those that have been saved since. */
  async loadChanged(seen: readonly SeenTransaction[]): Promise<StoredTransaction[]> {
    if (seen.length === 0) return [];
    const rows = await this.database.run<TransactionRow>({ name: 'load-changed', text: LOAD_CHANGED }, [
      seen.map(({ xid }) => xid),
      seen.map(({ version }) => version),
    ]);
    return rows.map(toStored);
  }

  /**
   * Saves a batch, each at the version that was loaded, with this instance as the holder. A batch of nothing but ends
   * is committed lazily: losing it costs one more round of Confirms. When it resolves, all else that is in `saved` is
   * durable. If it rejects, what was saved is unknown and counts as lost.
   */
  async save(items: readonly SaveItem[]): Promise<SaveResult> {
    // What is said of a transaction after its end, such as a contradiction, is no end.
    const lazy = items.every(
      ({ saved, next, audit }) => saved.endedAt === null && next.endedAt !== null && !audit,
    );
    const { results, rejected } = await runInHalves(items, (batch) => this.update(batch, lazy));
    return { saved: new Set(results), rejected };
  }

  private async update(items: readonly SaveItem[], lazy: boolean): Promise<string[]> {
    const column = <T>(pick: (transaction: Transaction) => T) => items.map((item) => pick(item.next));
    const operators = column(operatorColumns);
    const audit = items.flatMap((item) => item.audit ?? []);
    const values = [
      literalOf(column((t) => t.xid)),
      literalOf(items.map((item) => item.version)),
      literalOf(items.map((item) => item.saved.phase === 'trying' && item.next.phase !== 'trying')),
      literalOf(column((t) => t.phase)),
      jsonArray(column((t) => t.reason && JSON.stringify(t.reason))),
      literalOf(column((t) => t.wakeAt)),
      literalOf(column((t) => t.decidedAt)),
      literalOf(column((t) => t.endedAt)),
      jsonArray(
        items.map(({ saved, next }) =>
          next.branches.length === saved.branches.length ? null : branchesColumn(next),
        ),
      ),
      jsonArray(
        items.map(({ saved, next }) => (endTellsProgress(saved, next) ? null : progressColumn(next))),
      ),
      this.instance,
      lazy,
      // What is left out is null.
      jsonArray(operators.some((each) => each !== null) ? operators : []),
    ];
    const rows = await (audit.length === 0
      ? this.database.run<{ xid: string }>({ name: 'save', text: SAVE }, values)
      : this.database.run<{ xid: string }>({ name: 'save-audited', text: SAVE_AUDITED }, [
          ...values,
          JSON.stringify(audit),
        ]));
    return rows.map((row) => row.xid);
  }

  /**
   * Keeps what operators did without changing a transaction's row: a change is committed with its record, by `save`.
   * When it resolves, the records are durable.
   */
  async audit(records: readonly AuditRecord[]): Promise<void> {
    await this.database.run(ADD_AUDIT, [JSON.stringify(records)]);
  }

  /**
   * Says that this instance lives, and claims what no living instance holds: up to `limit` transactions of dead ones,
   * and up to `limit` that are due.
   * @param inMemory this instance's own transactions that are due: it wakes them by itself.
   * @param leaseMs how long an instance counts as living after its last heartbeat.
   */
  async claim(inMemory: readonly string[], leaseMs: number, limit: number): Promise<Claim> {
    const rows = await this.database.run<{ now: number } & (TransactionRow | { xid: null })>(
      { name: 'claim', text: CLAIM },
      [this.instance, inMemory, leaseMs, limit],
    );
    const claimed = rows.filter((row): row is { now: number } & TransactionRow => row.xid !== null);
    return { now: rows[0]?.now as number, claimed: claimed.map(toStored) };
  }

  /** Gives back all that this instance holds; others may claim it at once. */
  async releaseOwn(): Promise<void> {
    let released: unknown[];
    do released = await this.database.run(RELEASE, [this.instance, RELEASE_LIMIT]);
    while (released.length === RELEASE_LIMIT);
  }
}

function repeatOf({ bodyHash }: IdempotencyKey, { xid, body_hash }: KeyRow): RepeatedOutcome {
  return { type: body_hash === bodyHash ? 'repeated' : 'keyReused', xid };
}

/** An array as PostgreSQL reads it, of values that hold nothing to escape: several times cheaper than by pg. */
function literalOf(values: readonly (string | number | boolean | null)[]): string {
  return `{${values.map((value) => value ?? 'null').join()}}`;
}

/** Many documents in one, whose parts need no escaping as they would in an array. */
function jsonArray(documents: readonly (string | null)[]): string {
  return `[${documents.map((json) => json ?? 'null').join()}]`;
}
