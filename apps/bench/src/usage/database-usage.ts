import { withClient } from '@holdfast/testing';
import pg from 'pg';

/** What databases have done so far. */
interface DatabaseCount {
  readonly commits: number;
  readonly statements: number;
}

export interface DatabaseUsage {
  /** By the name of the owner. */
  readonly counts: ReadonlyMap<string, DatabaseCount>;
  /** Of the whole server. */
  readonly walBytes: number;
}

/** Counts what each database of a server does, as PostgreSQL itself counts it. */
export class DatabaseCounters {
  private constructor(
    private readonly client: pg.Client,
    private readonly names: ReadonlyMap<string, string>,
  ) {}

  /**
   * @param databases the databases' URLs by the names of their owners.
   * @throws if the server does not load pg_stat_statements.
   */
  static async open(databases: Readonly<Record<string, string>>): Promise<DatabaseCounters> {
    const urls = Object.entries(databases);
    const [first] = urls;
    if (!first) throw new Error('There is no database to count in.');
    const names = new Map(urls.map(([owner, url]) => [new URL(url).pathname.slice(1), owner]));
    const admin = new URL(first[1]);
    admin.pathname = 'postgres';
    const client = new pg.Client({ connectionString: admin.href });
    client.on('error', () => undefined); // A lost connection also fails the next read.
    await client.connect();
    await client.query('create extension if not exists pg_stat_statements');
    return new DatabaseCounters(client, names);
  }

  async read(): Promise<DatabaseUsage> {
    const { rows } = await this.client.query<{
      datname: string;
      commits: string;
      statements: string;
      wal: string;
    }>(`
      select d.datname, d.xact_commit as commits, coalesce(sum(s.calls), 0) as statements,
             pg_current_wal_insert_lsn() - '0/0'::pg_lsn as wal
      from pg_stat_database d left join pg_stat_statements s on s.dbid = d.datid and s.toplevel
      where d.datname is not null
      group by d.datname, d.xact_commit`);
    const counts = new Map<string, DatabaseCount>();
    for (const { datname, commits, statements } of rows) {
      const owner = this.names.get(datname);
      if (owner) counts.set(owner, { commits: Number(commits), statements: Number(statements) });
    }
    return { counts, walBytes: Number(rows[0]?.wal) };
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

/** Transactions that ended confirmed in this window, by the coordinator's own rows. */
export async function confirmedBetween(coordinatorUrl: string, from: Date, to: Date): Promise<number> {
  const { rows } = await withClient(coordinatorUrl, (client) =>
    client.query<{ ended: string }>(
      `select count(*) as ended from transactions
        where ended_at >= $1 and ended_at < $2 and phase = 'confirmed'`,
      [from, to],
    ),
  );
  return Number(rows[0]?.ended);
}
