import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { Pool, QueryResultRow } from 'pg';

/** A statement that each connection keeps prepared under its name. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/**
 * Runs statements on the pool of a TypeORM DataSource: they pass no entity manager, since each of them is one round
 * trip and one commit by itself.
 *
 * What runs often is prepared, since planning costs as much as saving two rows. It must keep finding its rows by their
 * key as tables grow, for which see the migration; all else is planned anew for each call.
 */
export class Database {
  private readonly pool: Pool;

  constructor(dataSource: DataSource) {
    this.pool = (dataSource.driver as PostgresDriver).master as Pool;
  }

  async run<R extends QueryResultRow>(
    statement: string | PreparedStatement,
    values: readonly unknown[] = [],
  ): Promise<R[]> {
    const query = typeof statement === 'string' ? { text: statement } : statement;
    const result = await this.pool.query<R>({ ...query, values: [...values] });
    return result.rows;
  }
}
