import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { Pool, QueryResultRow } from 'pg';

/** A statement that each connection parses once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * Runs prepared statements on the pool of a TypeORM DataSource: the batch statements pass no entity manager, since
 * each of them is one round trip and one commit by itself.
 */
export class Database {
  private readonly pool: Pool;

  constructor(dataSource: DataSource) {
    this.pool = (dataSource.driver as PostgresDriver).master as Pool;
  }

  async run<R extends QueryResultRow>(statement: Statement, values: readonly unknown[] = []): Promise<R[]> {
    const result = await this.pool.query<R>({ ...statement, values: [...values] });
    return result.rows;
  }
}
