import pg from 'pg';

/** What databases have done so far. */
export interface DatabaseCount {
  readonly commits: number;
  readonly statements: number;
}

/** Counts what each database does, as PostgreSQL itself counts it. */
export class DatabaseCounters {
  private constructor(
    private readonly client: pg.Client,
    private readonly names: ReadonlyMap<string, string>,
  ) {}

  /**
   * @param databases the databases' URLs by the name of their service.
   * @throws if the server does not load pg_stat_statements.
   */
  static async open(databases: Readonly<Record<string, string>>): Promise<DatabaseCounters> {
    const urls = Object.entries(databases);
    const [first] = urls;
    if (!first) throw new Error('The stack names no database.');
    const names = new Map(urls.map(([service, url]) => [new URL(url).pathname.slice(1), service]));
    const admin = new URL(first[1]);
    admin.pathname = 'postgres';
    const client = new pg.Client({ connectionString: admin.href });
    await client.connect();
    await client.query('create extension if not exists pg_stat_statements');
    return new DatabaseCounters(client, names);
  }

  /** Counts by the name of the service. */
  async read(): Promise<Map<string, DatabaseCount>> {
    const { rows } = await this.client.query<{ datname: string; commits: string; statements: string }>(`
      select d.datname, d.xact_commit as commits, coalesce(sum(s.calls), 0) as statements
      from pg_stat_database d left join pg_stat_statements s on s.dbid = d.datid and s.toplevel
      where d.datname is not null
      group by d.datname, d.xact_commit`);
    const counts = new Map<string, DatabaseCount>();
    for (const { datname, commits, statements } of rows) {
      const service = this.names.get(datname);
      if (service) counts.set(service, { commits: Number(commits), statements: Number(statements) });
    }
    return counts;
  }

  /** Transactions that ended in this window, by the coordinator's own rows. */
  static async endedBetween(coordinatorUrl: string, from: Date, to: Date): Promise<number> {
    const client = new pg.Client({ connectionString: coordinatorUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ ended: string }>(
        'select count(*) as ended from transactions where ended_at >= $1 and ended_at < $2',
        [from, to],
      );
      return Number(rows[0]?.ended);
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
