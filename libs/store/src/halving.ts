/** A row that the database will not take, alone and with its error, so that its batch does not suffer from it. */
export interface RejectedItem<T> {
  readonly item: T;
  readonly error: Error;
}

/** SQLSTATEs after which the same statement may succeed: serialization_failure and deadlock_detected. */
const TRANSIENT = new Set(['40001', '40P01']);
/** SQLSTATE classes that speak of the data: data exception and integrity constraint violation. */
const DATA_CLASSES = new Set(['22', '23']);
/** How often halves are tried again after a transient error before it is passed on. */
const TRANSIENT_ATTEMPTS_MAX = 8;

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
  attempt = 1,
): Promise<{ results: R[]; rejected: RejectedItem<T>[] }> {
  if (items.length === 0) return { results: [], rejected: [] };
  try {
    return { results: await run(items), rejected: [] };
  } catch (error) {
    const state = sqlStateOf(error);
    if (TRANSIENT.has(state) && attempt <= TRANSIENT_ATTEMPTS_MAX) {
      const pauseMs = Math.random() * 5 * 2 ** attempt;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    } else if (!DATA_CLASSES.has(state.slice(0, 2))) {
      throw error;
    } else if (items.length === 1) {
      return { results: [], rejected: [{ item: items[0] as T, error: error as Error }] };
    }
    const middle = Math.ceil(items.length / 2);
    const first = await runInHalves(items.slice(0, middle), run, attempt + 1);
    const second = await runInHalves(items.slice(middle), run, attempt + 1);
    return {
      results: [...first.results, ...second.results],
      rejected: [...first.rejected, ...second.rejected],
    };
  }
}
