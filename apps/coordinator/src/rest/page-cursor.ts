import { createHash } from 'node:crypto';
import { HttpProblem } from '@holdfast/service';
import type { z } from 'zod';

/**
 * The cursors of one kind of list. A cursor is opaque, and bound to the filters that it came with: pages of other
 * filters would leave out and repeat.
 */
export class PageCursor<Position> {
  constructor(private readonly position: z.ZodType<Position>) {}

  /** The cursor of the page that begins after `position`; null if there is none. */
  write(position: Position | null, filter: object): string | null {
    return position && Buffer.from(JSON.stringify([digest(filter), position])).toString('base64url');
  }

  /**
   * Where the page begins; null for the first one.
   * @throws a problem if the cursor is none, or came with other filters.
   */
  read(cursor: string | undefined, filter: object): Position | null {
    if (cursor === undefined) return null;
    const [bound, position] = parsed(cursor);
    const { success, data } = this.position.safeParse(position);
    if (success && bound === digest(filter)) return data;
    const detail = 'The cursor does not belong to these filters. Begin again without a cursor.';
    throw HttpProblem.of('INVALID_REQUEST', detail, [{ path: '/cursor', message: 'unknown' }]);
  }
}

function parsed(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function digest(filter: object): string {
  const given = Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(given)).digest('base64url').slice(0, 16);
}
