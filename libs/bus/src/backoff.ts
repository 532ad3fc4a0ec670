import { setTimeout as pause } from 'node:timers/promises';

const FIRST_MS = 50;
const CAP_MS = 2_000;

/**
 * Waits before the next attempt: 50 ms after the first failure, twice as long after each further one, 2 s at most.
 * @param failures how many attempts have failed so far, at least 1.
 * @returns false, at once, if the signal is or gets aborted, else true.
 */
export async function backoff(failures: number, signal?: AbortSignal): Promise<boolean> {
  try {
    await pause(Math.min(FIRST_MS * 2 ** (failures - 1), CAP_MS), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
