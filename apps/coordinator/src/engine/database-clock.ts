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

  /**
   * Takes a reading that was asked for at `askedAt` (by `performance.now()`) and has just arrived. It was made somewhere
   * in between: the clock moves no further than that proves. So a reading that took long, since one of the two machines
   * stood still or had much to do, does not move a clock that is right, and the quickest ones set it
   * (docs/decisions/0016).
   */
  adjust(databaseNow: number, askedAt: number): void {
    const least = databaseNow - performance.now();
    const most = databaseNow - askedAt;
    this.offsetMs = Math.min(Math.max(this.offsetMs, least), most);
  }
}
