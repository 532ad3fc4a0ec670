/** How much of a rate the latest look makes up: with two looks a second it follows a change within about one. */
const LATEST_PART = 0.5;

/** How quickly a counter has been growing lately. */
export class Rate {
  private total = 0;
  private smoothed = 0;

  get perSecond(): number {
    return this.smoothed;
  }

  /** @param seconds since the last look; at the first one, 0. */
  look(total: number, seconds: number): void {
    if (seconds > 0) this.smoothed += ((total - this.total) / seconds - this.smoothed) * LATEST_PART;
    this.total = total;
  }
}
