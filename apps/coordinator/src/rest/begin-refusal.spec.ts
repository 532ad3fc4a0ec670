import { expect, test } from '@jest/globals';
import { tooBusy } from './begin-refusal.js';

test.each([
  [{ participant: null, retryAfterSeconds: 1 }, 'COORDINATOR_BUSY', 'the coordinator has as many'],
  [{ participant: null, retryAfterSeconds: 2 }, 'COORDINATOR_BUSY', 'in 2 s'],
  [{ participant: 'payment', retryAfterSeconds: 2 }, 'PARTICIPANT_BUSY', 'participant payment'],
  [{ participant: 'stock', retryAfterSeconds: 2 }, 'PARTICIPANT_BUSY', 'participant stock'],
])('%j is told each time by the same error, which is its own', (refusal, code, text) => {
  const told = tooBusy(refusal);
  expect(told.problem).toMatchObject({ code, detail: expect.stringContaining(text) });
  expect(told.retryAfterSeconds).toBe(refusal.retryAfterSeconds);
  expect(tooBusy({ ...refusal })).toBe(told);
});
