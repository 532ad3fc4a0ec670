import { createRequire } from 'node:module';

/**
 * kafkajs 2.2.4 looks after each connection's requests with two timers that cost more than the requests of an idle
 * process.
 *
 * One looks at what is not sent yet. It is set again each time it fires, also when nothing is queued: 2,700 times a
 * second and connection, about 2% of a core, and with a negative delay, of which Node 24 warns each time. It is only
 * needed for requests that wait because the broker throttles; an answer or a new request looks at the queue by itself.
 * So it is set only where something waits.
 *
 * The other looks ten times a second whether an answer is overdue, which it is after many seconds: once a second will do,
 * for all connections of the process at once.
 */
interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly inflight: ReadonlyMap<unknown, Request>;
  readonly enforceRequestTimeout: boolean;
  isConnected(): boolean;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
  scheduleRequestTimeoutCheck: (this: RequestQueue) => void;
}

interface Request {
  readonly sentAt: number;
  readonly requestTimeout: number;
  timeoutRequest(): void;
}

const OVERDUE_LOOK_MS = 1_000;

const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as {
  prototype: RequestQueue;
};
const schedule: (this: RequestQueue) => void = prototype.scheduleCheckPendingRequests;

prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
  if (this.pending.length > 0) schedule.call(this);
};

/** Those of all connections whose requests may become overdue. */
const watched = new Set<RequestQueue>();
let look: NodeJS.Timeout | undefined;

prototype.scheduleRequestTimeoutCheck = function (this: RequestQueue) {
  if (!this.enforceRequestTimeout) return;
  watched.add(this);
  look ??= setInterval(lookForOverdue, OVERDUE_LOOK_MS).unref();
};

function lookForOverdue(): void {
  for (const queue of watched) {
    for (const request of [...queue.inflight.values()])
      if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest();
    if (!queue.isConnected()) watched.delete(queue);
  }
  if (watched.size > 0) return;
  clearInterval(look);
  look = undefined;
}
