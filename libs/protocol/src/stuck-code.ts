import { z } from 'zod';

/**
 * Why a transaction has not ended: the same codes in the API, the metrics, the console and the runbooks.
 * - `BACKOFF`: the last attempt failed or was not answered; the next one has its time.
 * - `HANDLER_FAILING`: the participant answers, and what it answers is a failure, again and again.
 * - `NO_CONSUMER`: nobody reads the participant's commands.
 * - `NO_REPLY`: commands are read, and no answer comes.
 * - `COORDINATOR_LAG`: something is due, and no coordinator has come to it.
 * - `INITIATOR_LOST`: all that is known has answered, and nobody asks to confirm it; its deadline will cancel it.
 * - `CONTRADICTION`: a participant's fence stands against the decision.
 * - `PAUSED`: an operator paused it, or a participant of it.
 * - `COOLING_OFF`: all have said yes; the decision waits for its time.
 */
export const StuckCode = z.enum([
  'BACKOFF',
  'HANDLER_FAILING',
  'NO_CONSUMER',
  'NO_REPLY',
  'COORDINATOR_LAG',
  'INITIATOR_LOST',
  'CONTRADICTION',
  'PAUSED',
  'COOLING_OFF',
]);
export type StuckCode = z.infer<typeof StuckCode>;
