import { problem } from '@holdfast/protocol';
import { HttpProblem } from '@holdfast/service';
import type { Refusal } from '../admission/admission.js';

/**
 * One for each participant and time to wait: there may be thousands a second, when there is too much to do anyway, and
 * making an error costs more than all else about it. Only participants that transactions wait for are ever named.
 */
const refusals = new Map<string, HttpProblem>();

/** What an initiator is told of a begin that is not taken on now. */
export function tooBusy(refusal: Refusal): HttpProblem {
  const kind = `${refusal.retryAfterSeconds} ${refusal.participant ?? ''}`;
  const told = refusals.get(kind) ?? refusalOf(refusal);
  refusals.set(kind, told);
  return told;
}

function refusalOf({ participant, retryAfterSeconds }: Refusal): HttpProblem {
  const what =
    participant === null
      ? problem(
          'COORDINATOR_BUSY',
          `Nothing was begun: the coordinator has as many transactions in flight as it can end in time. ${again(retryAfterSeconds)}`,
        )
      : problem(
          'PARTICIPANT_BUSY',
          `Nothing was begun: as many transactions wait for participant ${participant} as may. ${again(retryAfterSeconds)}`,
        );
  return new HttpProblem(what, retryAfterSeconds);
}

function again(seconds: number): string {
  return `Repeat it with the same idempotency key in ${seconds} s, and a little later at random.`;
}
