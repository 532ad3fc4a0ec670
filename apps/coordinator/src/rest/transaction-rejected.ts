import type { Rejection } from '@holdfast/core';
import { HttpProblem } from '@holdfast/service';
import type { InputResult } from '../engine/input.js';

/** What an initiator is told of a save that did not come through: that he repeats it, unless it can never succeed. */
export function notSaved(error: Error): HttpProblem {
  // SQLSTATE class 22: PostgreSQL can't hold a text of the request, for example because of a NUL in it.
  if ('code' in error && typeof error.code === 'string' && error.code.startsWith('22')) {
    return HttpProblem.of('INVALID_REQUEST', `The request cannot be stored: ${error.message}.`);
  }
  return HttpProblem.of(
    'UNAVAILABLE',
    `It is unknown whether this was saved (${error.message}). Repeat it with the same idempotency key.`,
  );
}

export function transactionNotFound(xid: string): HttpProblem {
  return HttpProblem.of('TRANSACTION_NOT_FOUND', `There is no transaction ${xid}.`);
}

export function transactionForgotten(xid: string): HttpProblem {
  const detail =
    `If there was a transaction ${xid}, it ended longer ago than finished ones are kept (HISTORY_RETENTION): ` +
    'nobody can tell its outcome any more. Begin a new one with a new idempotency key, once you have made sure.';
  return HttpProblem.of('TRANSACTION_FORGOTTEN', detail);
}

function rejected({ code, detail }: Rejection): HttpProblem {
  return HttpProblem.of(code, detail);
}

/** The transaction after an event that a request brought; throws what the requester has to be told otherwise. */
export function expectApplied(xid: string, result: InputResult) {
  switch (result.type) {
    case 'notFound':
      throw transactionNotFound(xid);
    case 'failed':
      throw notSaved(result.error);
    case 'applied':
      if (result.rejection) throw rejected(result.rejection);
      return result.transaction;
  }
}
