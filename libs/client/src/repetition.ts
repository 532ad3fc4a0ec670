import type { Clock } from './clock.js';

/** Attempts start at least this far apart: doubling from the first pause to the longest, half of each by chance. */
const PAUSE_MS_FIRST = 50;
const PAUSE_MS_MAX = 2_000;

/** What one attempt came to: an answer that ends the call or may change (`settled: false`), or no answer. */
export type Attempt<T> =
  | { readonly settled: boolean; readonly answer: T }
  | {
      readonly settled: false;
      readonly lost: Error;
      /** The next attempt is not to come before this, in milliseconds from now. */
      readonly retryAfterMs?: number;
    };

/** There was no answer, and no repeat is left that could help. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';

  constructor(
    message: string,
    readonly attempts: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Repeats a call that is safe to repeat until its answer is settled. An attempt that took its time (the coordinator
 * held it back until there was news) is followed by the next at once; only what comes back early is slowed down.
 * @param attempt gets the milliseconds that are left.
 * @returns the settled answer, or the last one if the limit passed before.
 * @throws Unanswered with the last attempt's error as its cause. Whatever `attempt` throws ends the repetition.
 */
export async function repeated<T>(
  clock: Clock,
  limitMs: number,
  attempt: (leftMs: number) => Promise<Attempt<T>>,
): Promise<T> {
  const giveUpAt = clock.nowMs() + limitMs;
  let last: { readonly answer: T } | undefined;
  for (let count = 1; ; count++) {
    const startedAt = clock.nowMs();
    const result = await attempt(Math.max(0, giveUpAt - startedAt));
    if ('answer' in result) last = result;
    if (result.settled) return result.answer;
    const now = clock.nowMs();
    const nextAt = Math.max(
      now + toldPauseMs(result, clock.random()),
      startedAt + pauseMs(count, clock.random()),
    );
    if (nextAt >= giveUpAt) {
      if (last) return last.answer;
      throw new Unanswered(`no answer after ${count} attempts`, count, {
        cause: 'lost' in result ? result.lost : undefined,
      });
    }
    await clock.sleep(nextAt - clock.nowMs());
  }
}

/** What the other side asks for, and up to half of that again: those whom it told the same are not to come together. */
function toldPauseMs(result: Attempt<unknown>, random: number): number {
  const told = ('lost' in result && result.retryAfterMs) || 0;
  return told + (told / 2) * random;
}

function pauseMs(count: number, random: number): number {
  const pause = Math.min(PAUSE_MS_MAX, PAUSE_MS_FIRST * 2 ** (count - 1));
  return pause / 2 + (pause / 2) * random;
}
