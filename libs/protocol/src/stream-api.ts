import { z } from 'zod';

/** `GET /v1/stream` goes on after this header: one offset a partition, as the `id` of the last event had it. */
export const LAST_EVENT_ID_HEADER = 'last-event-id';

/** Where a stream stands: the next offset of each partition, such as `0:17,1:4`. */
export const StreamPosition = z
  .string()
  .max(4096)
  .regex(/^\d{1,6}:\d{1,19}(,\d{1,6}:\d{1,19})*$/, 'one offset a partition, such as 0:17,1:4')
  .transform(
    (text): ReadonlyMap<number, bigint> =>
      new Map(
        text.split(',').map((each) => {
          const [partition, offset] = each.split(':') as [string, string];
          return [Number(partition), BigInt(offset)];
        }),
      ),
  );

/** The same as text. */
export function streamPositionText(position: ReadonlyMap<number, bigint>): string {
  return [...position].map(([partition, offset]) => `${partition}:${offset}`).join(',');
}
