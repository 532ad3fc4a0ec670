import type { Attempts, PastAttempt } from './transaction.js';

/** Entries of one operation of one branch. */
export const HISTORY_MAX = 20;
/** Characters of an entry's message: 32 branches have to fit into a row. */
export const HISTORY_TEXT_MAX = 256;

/** Notes that the latest sending failed; once for each sending. */
export function withFailure<P extends Attempts>(progress: P, at: number, code: string, message: string): P {
  const cut = message.slice(0, HISTORY_TEXT_MAX).replace(/\p{Cs}/gu, '\ufffd');
  return noted(progress, at, { code, message: cut });
}

/** Notes that the latest sending is repeated, if nobody has answered it. */
export function withSilence<P extends Attempts>(progress: P): P {
  return noted(progress, null, null);
}

/** Notes that the latest sending did it. What did it at the first go needs no entry: its counts and times say it. */
export function withSuccess<P extends Attempts>(progress: P, at: number): P {
  return progress.history ? noted(progress, at, null) : progress;
}

/** The number of the latest sending that is known to have failed, or to have found no answer; 0 if none. */
export function failuresOf({ history }: Attempts): number {
  return history?.at(-1)?.attempt ?? 0;
}

function noted<P extends Attempts>(progress: P, answeredAt: number | null, error: PastAttempt['error']): P {
  const { attempts, lastAt, history = [] } = progress;
  if (lastAt === null || failuresOf(progress) === attempts) return progress;
  const all = [...history, { attempt: attempts, sentAt: lastAt, answeredAt, error }];
  // The first one stays: it says when and how the trouble began.
  return { ...progress, history: all.length > HISTORY_MAX ? all.toSpliced(1, 1) : all };
}
