import { Logger } from '@nestjs/common';
import type { ParticipantObserver } from './participant-observer.js';

/** How often the same kind of failure is written to the log: the first of each period stands for all of it. */
const PERIOD_MS = 10_000;
/** Kinds that are kept apart; beyond that, all start anew. */
const KINDS_MAX = 1_000;

/** Passes everything on to an observer, and writes to the log what somebody has to see. */
export function logged(observer: ParticipantObserver): ParticipantObserver {
  const logger = new Logger('HoldfastParticipant');
  const writtenAt = new Map<string, number>();
  const isDue = (kind: string): boolean => {
    const now = performance.now();
    if (now - (writtenAt.get(kind) ?? -Infinity) < PERIOD_MS) return false;
    if (writtenAt.size >= KINDS_MAX) writtenAt.clear();
    writtenAt.set(kind, now);
    return true;
  };
  return {
    ...observer,
    failed(operation, resource, code, error, command) {
      if (isDue(`${operation} ${resource} ${code}`)) {
        const stack =
          error instanceof Error ? (error.cause instanceof Error ? error.cause : error).stack : undefined;
        const { xid, branchId: branch, attempt, traceParent: trace } = command;
        const message = `${operation} of ${resource} failed (${code}): ${String(error)}`;
        logger.error(message, { xid, branch, attempt, operation, trace }, stack);
      }
      observer.failed?.(operation, resource, code, error, command);
    },
    forgotten(xid, branchId) {
      if (isDue(`forgotten ${xid}/${branchId}`))
        logger.error(
          `Branch ${branchId} of ${xid} is frozen, and the coordinators have forgotten its transaction: find out what came of it, and settle it by hand`,
        );
      observer.forgotten?.(xid, branchId);
    },
    sweepFailed(error) {
      if (isDue('sweep')) logger.warn(`The fence could not be looked after: ${String(error)}`);
      observer.sweepFailed?.(error);
    },
    databaseAway(error) {
      if (isDue('away')) logger.warn(`Commands wait: ${String(error)}`);
      observer.databaseAway?.(error);
    },
  };
}
