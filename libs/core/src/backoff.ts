/** When to send again. */
export interface RetryPolicy {
  /** Wait after the first failed attempt, in milliseconds, more than none; each further failure doubles it. */
  readonly firstMs: number;
  /** The longest wait, in milliseconds. */
  readonly capMs: number;
  /** Wait for an answer before the same command is sent again; each further silence doubles it, up to the cap. */
  readonly replyTimeoutMs: number;
  /** After this many failed or unanswered attempts of a branch, its decided transaction is marked as hung. */
  readonly hungAfterAttempts: number;
  /** Likewise at the first failed or unanswered attempt this long after the decision, in milliseconds. */
  readonly hungAfterAgeMs: number;
  /** Participants that nothing is sent to until their branches are recalled; nobody unless given. */
  readonly paused?: ReadonlySet<string>;
  /** Participants that do not answer: what they were sent is sent again at the cap or when it is recalled. */
  readonly setAside?: ReadonlySet<string>;
  /** Participants whose commands nobody reads, as far as is known: what hangs for one is said to hang for that. */
  readonly withoutConsumer?: ReadonlySet<string>;
}

/** First 200 ms and at most 5 min, as the design has it; a reply is overdue once a handler's limit of 5 s must have passed. */
export const RETRY_POLICY: RetryPolicy = {
  firstMs: 200,
  capMs: 300_000,
  replyTimeoutMs: 6_000,
  hungAfterAttempts: 10,
  hungAfterAgeMs: 300_000,
};

/**
 * Milliseconds to wait after `attempts` attempts: `firstMs` doubled for each, between 75% and 100% of it so that what
 * failed together does not return together. The jitter follows from `seed`, so that a replay decides the same.
 */
export function backoffMs(firstMs: number, capMs: number, attempts: number, seed: string): number {
  const nominal = Math.min(capMs, firstMs * 2 ** (attempts - 1));
  return Math.round(nominal * (0.75 + 0.25 * fraction(`${seed}/${attempts}`)));
}

/** FNV-1a with a final mix, as a number in [0, 1). */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) / 0x1_0000_0000;
}
