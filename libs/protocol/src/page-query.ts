import { z } from 'zod';
import { LIST_LIMIT_MAX } from './limits.js';

/** Query of everything that comes in pages. A cursor belongs to the filters that it came with. */
export const pageQuery = {
  cursor: z.string().max(512).optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(LIST_LIMIT_MAX).optional(),
};

/** Stands beside the items of a page. */
export const nextCursor = z.string().nullable().describe('The cursor of the next page.');

/** A yes or no in a query. */
export const QueryFlag = z.enum(['true', 'false']).transform((text) => text === 'true');
