import { RETRY_POLICY } from '@holdfast/core';
import type { RetryPolicy } from '@holdfast/core';
import { duration, wholeNumber } from '@holdfast/service';
import type { z } from 'zod';

/** When work is sent again, and when it counts as hung. */
export const retrySettings = {
  /** Wait after the first failed attempt; each further failure doubles it. */
  RETRY_FIRST: duration(10, 60_000).default(RETRY_POLICY.firstMs),
  /** The longest wait: after a fault has healed, all that it held up is due within it. */
  RETRY_CAP: duration(1_000, 3_600_000).default(RETRY_POLICY.capMs),
  /** Wait for an answer; longer than any handler may take. */
  REPLY_TIMEOUT: duration(100, 600_000).default(RETRY_POLICY.replyTimeoutMs),
  /** Failed or unanswered attempts of a branch after which its transaction is said to hang. */
  HUNG_AFTER_ATTEMPTS: wholeNumber(1, 10_000).default(RETRY_POLICY.hungAfterAttempts),
  /** Likewise by time, counted from the decision. */
  HUNG_AFTER: duration(1_000, 7 * 86_400_000).default(RETRY_POLICY.hungAfterAgeMs),
};

export function retryPolicyOf(settings: z.output<z.ZodObject<typeof retrySettings>>): RetryPolicy {
  return {
    firstMs: settings.RETRY_FIRST,
    capMs: settings.RETRY_CAP,
    replyTimeoutMs: settings.REPLY_TIMEOUT,
    hungAfterAttempts: settings.HUNG_AFTER_ATTEMPTS,
    hungAfterAgeMs: settings.HUNG_AFTER,
  };
}
