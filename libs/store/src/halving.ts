import { setTimeout as delay } from 'node:timers/promises';

/** A row that the database will not take, alone and with its error, so that its batch does not suffer from it. */
export interface RejectedItem<T> {
  readonly item: T;
  readonly error: Error;
}

/** SQLSTATEs after which the same statement may succeed: serialization_failure and deadlock_detected. */
const TRANSIENT = new Set(['40001', '40P01']);
/** SQLSTATE classes that speak of the data: data exception and integrity constraint violation. */
const DATA_CLASSES = new Set(['22', '23']);
/** How many transient errors a row may see before the error is passed on. */
const TRANSIENT_ERRORS_MAX = 8;
/** The longest pause after the first transient error, in milliseconds; it doubles with each. */
const PAUSE_MS_MAX = 10;

function sqlStateOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/**
 * Runs a batch statement. After a deadlock or a serialization failure the batch is tried again in halves, with jitter,
 * so that rivals part; after a data error it is halved down to the row at fault, which alone is set aside.
 * @throws whatever else goes wrong, such as a connection that broke: the whole batch is of unknown result then.
 */
export async function runInHalves<T, R>(
  items: readonly T[],
  run: (items: readonly T[]) => Promise<R[]>,
  transientErrors = 0,
): Promise<{ results: R[]; rejected: RejectedItem<T>[] }> {
  if (items.length === 0) return { results: [], rejected: [] };
  try {
    return { results: await run(items), rejected: [] };
  } catch (error) {
    const state = sqlStateOf(error);
    if (TRANSIENT.has(state) && transientErrors < TRANSIENT_ERRORS_MAX) {
      await delay(Math.random() * PAUSE_MS_MAX * 2 ** transientErrors);
      transientErrors += 1;
    } else if (!DATA_CLASSES.has(state.slice(0, 2))) {
      throw error;
    } else if (items.length === 1) {
      return { results: [], rejected: [{ item: items[0] as T, error: error as Error }] };
    }
    const middle = Math.ceil(items.length / 2);
    const first = await runInHalves(items.slice(0, middle), run, transientErrors);
    const second = await runInHalves(items.slice(middle), run, transientErrors);
    return {
      results: [...first.results, ...second.results],
      rejected: [...first.rejected, ...second.rejected],
    };
  }
}
