import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** What is awaited, as the words after "waited 5000 ms for". */
  readonly what: string;
  /** Default 10,000. */
  readonly timeoutMs?: number;
  /** Pause between two looks. Default 20. */
  readonly intervalMs?: number;
}

/** What a condition gives when it is met: anything truthy. */
type Met<T> = Exclude<T, false | 0 | '' | null | undefined>;

/**
 * Looks until `condition` gives something truthy, and resolves with that. A condition that throws or rejects is not
 * met yet; its last error is told when the time is over.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 10_000, intervalMs = 20 }: UntilOptions,
): Promise<Met<T>> {
  const endsAt = performance.now() + timeoutMs;
  let lastError: unknown;
  do {
    try {
      const value = await condition();
      if (value) return value as Met<T>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await delay(intervalMs);
  } while (performance.now() < endsAt);
  const reason = lastError instanceof Error ? `: ${lastError.message}` : '';
  throw new Error(`waited ${timeoutMs} ms for ${what}${reason}`, { cause: lastError });
}
