import type { DataSource } from 'typeorm';
import { Database } from './database.js';
import { FORGET_DEAD, HEARTBEAT, REMOVE_INSTANCE } from './sql/instance.js';

/** The heartbeats of coordinators. What a dead one held may be claimed by others. */
export class InstanceStore {
  private readonly database: Database;

  constructor(
    dataSource: DataSource,
    private readonly instance: string,
  ) {
    this.database = new Database(dataSource);
  }

  /** Says that this instance lives. Resolves to the database's clock, in milliseconds since 1970. */
  async heartbeat(): Promise<number> {
    const rows = await this.database.run<{ now: number }>({ name: 'heartbeat', text: HEARTBEAT }, [
      this.instance,
    ]);
    return (rows[0] as { now: number }).now;
  }

  /** Forgets instances without a heartbeat for `leaseMs` that hold nothing any more. */
  async forgetDead(leaseMs: number): Promise<void> {
    await this.database.run(FORGET_DEAD, [leaseMs]);
  }

  async remove(): Promise<void> {
    await this.database.run(REMOVE_INSTANCE, [this.instance]);
  }
}
