import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { Pool, QueryResultRow } from 'pg';

/** A statement that each connection parses once, and plans for good: it has to fit tables of any size (plans.spec.ts). */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/**
 * Runs statements on the pool of a TypeORM DataSource: the batch statements pass no entity manager, since each of them
 * is one round trip and one commit by itself.
 */
export class Database {
  private readonly pool: Pool;

  constructor(dataSource: DataSource) {
    this.pool = (dataSource.driver as PostgresDriver).master as Pool;
  }

  /** @param statement a text alone is parsed and planned for each call, by its values. */
  async run<R extends QueryResultRow>(
    statement: PreparedStatement | string,
    values: readonly unknown[] = [],
  ): Promise<R[]> {
    const named = typeof statement === 'string' ? { text: statement } : statement;
    const result = await this.pool.query<R>({ ...named, values: [...values] });
    return result.rows;
  }
}
