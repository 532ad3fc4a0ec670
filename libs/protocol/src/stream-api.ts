import { z } from 'zod';

/** `GET /v1/stream` resumes after this header: one offset a partition, as the `id` of the last event had it. */
export const LAST_EVENT_ID_HEADER = 'last-event-id';

/** Where a stream stands: the next offset of each partition, such as `0:17,1:4`. */
export const StreamPosition = z
  .string()
  .max(4096)
  .regex(/^\d{1,6}:\d{1,19}(,\d{1,6}:\d{1,19})*$/, 'one offset a partition, such as 0:17,1:4');

/**
 * The first event of a stream whose position can't be resumed: what happened in between is told by the lists.
 */
export const StreamReset = z.object({ reason: z.string() }).meta({ id: 'StreamReset' });
export type StreamReset = z.infer<typeof StreamReset>;
