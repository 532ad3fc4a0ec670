import { createRequire } from 'node:module';

/**
 * kafkajs 2.2.4 looks after its queue of unsent requests with a timer that it sets again each time it fires, also when
 * nothing is queued: 2,700 times a second and connection, about 2% of a core, and with a negative delay, of which
 * Node 24 warns each time. The timer is only needed for requests that wait because the broker throttles; an answer
 * or a new request looks at the queue by itself. So it is set only where something waits.
 */
interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as {
  prototype: RequestQueue;
};
const schedule: (this: RequestQueue) => void = prototype.scheduleCheckPendingRequests;

prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
  if (this.pending.length > 0) schedule.call(this);
};
