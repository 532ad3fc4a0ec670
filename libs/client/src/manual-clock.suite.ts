import type { Clock } from './clock.js';

/** Sleeping takes no time: it moves the clock. */
export class ManualClock implements Clock {
  /** What happens meanwhile. */
  onSleep: () => Promise<void> = async () => {};
  readonly sleptMs: number[] = [];
  #nowMs = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  async sleep(ms: number): Promise<void> {
    this.sleptMs.push(ms);
    this.#nowMs += ms;
    await this.onSleep();
  }

  random(): number {
    return 0.5;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }
}
