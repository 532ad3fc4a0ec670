/** Time and chance, as far as repeats depend on them; an argument, so that tests need not wait. */
export interface Clock {
  /** Milliseconds that only go forward. */
  nowMs(): number;
  sleep(ms: number): Promise<void>;
  /** From 0 up to, but never, 1. */
  random(): number;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: () => Math.random(),
};
