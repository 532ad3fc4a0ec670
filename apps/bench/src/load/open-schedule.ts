/** When the transactions of an open loop are to start: evenly, whatever became of those before. */
export class OpenSchedule {
  #taken = 0;

  /** @param startsAt in milliseconds, of the clock that `due` is asked with. */
  constructor(
    private readonly perSecond: number,
    private readonly startsAt: number,
  ) {}

  /** The intended starts up to now that were not given before: after a stall, all that it held up. */
  due(now: number): number[] {
    const count = Math.max(0, Math.floor(((now - this.startsAt) * this.perSecond) / 1000) + 1 - this.#taken);
    const starts = Array.from({ length: count }, (_, i) => this.#startOf(this.#taken + i));
    this.#taken += count;
    return starts;
  }

  #startOf(n: number): number {
    return this.startsAt + (n * 1000) / this.perSecond;
  }
}
