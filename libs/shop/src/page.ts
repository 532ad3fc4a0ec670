import { z } from 'zod';
import { PAGE_ROWS_MAX } from './values.js';

/**
 * One page of a bulk load. A key that stands in it twice is an error: nobody could say which row counts.
 * @param keyOf what tells the rows apart.
 */
export function page<Row extends z.ZodObject>(row: Row, keyOf: (row: z.output<Row>) => string) {
  const rows = z.array(row).min(1).max(PAGE_ROWS_MAX);
  return z.strictObject({
    items: rows.superRefine((items, context) => {
      const seen = new Set<string>();
      for (const [index, item] of items.entries()) {
        const key = keyOf(item);
        if (seen.has(key))
          context.addIssue({ code: 'custom', path: [index], message: `${key} stands here twice` });
        seen.add(key);
      }
    }),
  });
}
