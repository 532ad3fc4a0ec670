import type { DataSource } from 'typeorm';
import { Database } from './database.js';
import { ENDINGS } from './sql/endings.js';

/** When transactions ended. */
export class TransactionEndings {
  private readonly database: Database;

  constructor(dataSource: DataSource) {
    this.database = new Database(dataSource);
  }

  /** By xid, in milliseconds since 1970, null of what has not ended; what is not known is missing. */
  async of(xids: readonly string[]): Promise<Map<string, number | null>> {
    const rows = await this.database.run<{ xid: string; ended_at: number | null }>(
      { name: 'endings', text: ENDINGS },
      [xids],
    );
    return new Map(rows.map(({ xid, ended_at }) => [xid, ended_at]));
  }
}
