import { createHash } from 'node:crypto';
import type { Rejection, Transaction } from '@holdfast/core';
import { HttpProblem } from '@holdfast/service';

/**
 * What a transaction looks like to whoever acts on it: its phase, its branches' states, and whether it is paused. Not
 * its attempts, nor that it hangs, which follows from them: retries go on while somebody makes up his mind.
 */
export function etagOf({ phase, paused, branches }: Transaction): string {
  const states = branches.map((branch) => [branch.branchId, branch.try.state, branch.settle.state]);
  const text = JSON.stringify([phase, paused !== null, states]);
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}

/**
 * The tags of an If-Match header, one of which has to be the transaction's.
 * @throws a problem if there is none: what destroys has to say which state it means, and `*` does not.
 */
export function expectIfMatch(header: string | undefined): string[] {
  const tags = (header ?? '').split(',').map((tag) => tag.trim());
  const named = tags.filter((tag) => tag !== '' && tag !== '*');
  if (named.length > 0) return named;
  throw HttpProblem.of(
    'PRECONDITION_REQUIRED',
    'Read the transaction, and send its ETag as If-Match: this cannot be taken back.',
  );
}

/** Turns down whoever means another state than the one that stands. */
export function unlessChanged(tags: readonly string[]): (saved: Transaction) => Rejection | undefined {
  return (saved) => {
    const standing = etagOf(saved);
    if (tags.includes(standing)) return undefined;
    const detail = `It stands at ETag ${standing} by now. Read it again, and decide by what you see.`;
    return { code: 'PRECONDITION_FAILED', detail };
  };
}
