/** How much may be done by now, at so much a second. What is not used adds up to one second's at most. */
export class RateBudget {
  private tokens = 1;

  /** @param at the time, in milliseconds of a clock that only goes forward. */
  constructor(
    private readonly perSecond: number,
    private at: number,
  ) {}

  /** How many things may be done at `now`; they count as done. */
  take(now: number): number {
    const earned = ((now - this.at) / 1000) * this.perSecond;
    this.at = now;
    const whole = Math.floor((this.tokens = Math.min(this.tokens + earned, this.perSecond)));
    this.tokens -= whole;
    return whole;
  }
}
