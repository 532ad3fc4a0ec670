/**
 * The database's clock, read with the heartbeats and carried on by this process's monotonic one in between: all times
 * that decide something come from here, whatever this machine's own clock says.
 */
export class DatabaseClock {
  private offsetMs = Date.now() - performance.now();

  /** Milliseconds since 1970 by the database's clock. */
  now(): number {
    return Math.round(performance.now() + this.offsetMs);
  }

  /** Takes a reading that was asked for at `askedAt` (by `performance.now()`) and has just arrived. */
  adjust(databaseNow: number, askedAt: number): void {
    this.offsetMs = databaseNow - (askedAt + performance.now()) / 2;
  }
}
