import { withClient } from '@holdfast/testing';

/** Rows of one statement: what is done is said between two of them. */
const CHUNK = 500_000;
/** The history ends an hour ago, at this many transactions a second. */
const PER_SECOND = 10;

/** Ids as coordinators make them, with the time of birth in front. */
const XID = `(left(hex, 8) || '-' || right(hex, 4) || '-7' || substr(gen_random_uuid()::text, 16))::uuid`;

/** The times of the rows $1 to $2 of $3, oldest first, with the first part of their ids. */
const TIMES = `
  generate_series($1::integer, $2::integer) n,
  lateral (select now() - interval '1 h' - ($3 - n) * interval '1 s' / ${PER_SECOND} as at) time,
  lateral (select lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') as hex) birth`;

/** Copies of a transaction that has ended, each with an id, a reference and times of its own. */
const TRANSACTIONS = `
  with template as materialized (select * from transactions where phase = 'confirmed' limit 1)
  insert into transactions (
    xid, version, format, name, reference, declared, phase, began_at, deadline_at, decided_at, ended_at, branches,
    progress
  )
  select ${XID}, version, format, name, 'order-' || n, declared, phase, at, at + interval '30 s', at, at, branches,
    progress
  from template, ${TIMES}`;

/** In the order of the keys, as they would have to be sorted anyhow: clients choose them, so they come by chance. */
const KEYS = `
  with template as materialized (select * from idempotency_keys limit 1)
  insert into idempotency_keys (scope, key, xid, body_hash, created_at)
  select scope, md5(n::text), ${XID}, body_hash, at from template, ${TIMES} order by md5(n::text)`;

const FENCE = `
  with template as materialized (select * from holdfast_fence where state = 'confirmed' limit 1)
  insert into holdfast_fence (xid, branch_id, resource, state, answer, deadline_at, created_at, updated_at)
  select ${XID}, branch_id, resource, state, answer, at + interval '30 s', at, at from template, ${TIMES}`;

/** The tables of a database that grow. Each needs a row to copy, so something has to have run before. */
export class History {
  readonly #statements: Readonly<Record<string, string>>;

  /** @param kind whose database it is. */
  constructor(
    private readonly url: string,
    kind: 'coordinator' | 'participant',
  ) {
    this.#statements =
      kind === 'coordinator'
        ? { transactions: TRANSACTIONS, idempotency_keys: KEYS }
        : { holdfast_fence: FENCE };
  }

  /** Adds so many rows to each table, and looks after it as autovacuum has done by the time it is that full. */
  async fill(count: number, say: (line: string) => void): Promise<void> {
    const filled = Object.entries(this.#statements).map(([table, text]) =>
      withClient(this.url, async (client) => {
        for (let from = 1; from <= count; from += CHUNK)
          await client.query(text, [from, Math.min(from + CHUNK - 1, count), count]);
        await client.query(`vacuum (analyze) ${table}`);
        const { rows } = await client.query<{ size: string }>(
          'select pg_size_pretty(pg_total_relation_size($1::regclass)) as size',
          [table],
        );
        say(`${client.database}: ${count} rows in ${table}, ${rows[0]?.size}`);
      }),
    );
    await Promise.all(filled);
  }

  /** Takes all rows away. Nothing may run meanwhile. */
  empty(): Promise<void> {
    return withClient(this.url, async (client) => {
      for (const table of Object.keys(this.#statements)) await client.query(`truncate ${table}`);
    });
  }
}
