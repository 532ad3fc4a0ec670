import type { Rejection } from '@holdfast/core';
import { HttpProblem } from '@holdfast/service';
import type { InputResult } from '../engine/input.js';

/** What an initiator is told where nobody knows: never that it failed. */
export function unknownOutcome(error: Error): HttpProblem {
  return HttpProblem.of(
    'UNAVAILABLE',
    `It is unknown whether this was saved (${error.message}). Repeat it with the same idempotency key.`,
  );
}

export function transactionNotFound(xid: string): HttpProblem {
  return HttpProblem.of('TRANSACTION_NOT_FOUND', `There is no transaction ${xid}.`);
}

export function rejected({ code, detail }: Rejection): HttpProblem {
  return HttpProblem.of(code, detail);
}

/** The transaction after an event that a request brought; throws what the requester has to be told otherwise. */
export function expectApplied(xid: string, result: InputResult) {
  switch (result.type) {
    case 'notFound':
      throw transactionNotFound(xid);
    case 'failed':
      throw unknownOutcome(result.error);
    case 'applied':
      if (result.rejection) throw rejected(result.rejection);
      return result.transaction;
  }
}
