import { v7 } from 'uuid';

/**
 * A key that nobody has used before, for an initiator that has none of its own. It begins with the time: the keys of a
 * day then stand together in the coordinator's index, where each of those that come by chance has another page to be
 * read, changed and logged.
 */
export function newIdempotencyKey(): string {
  return v7();
}
