/** How far down a chain of causes an error's SQLSTATE is looked for. */
const CAUSES_MAX = 5;

/** Deadlock and failed serialisation: the same statements may succeed another time. */
const CONTENTION = /^(40P01|40001)$/;
/** The connection is broken (class 08), or its server is being stopped, has crashed, or starts. */
const CONNECTION_GONE = /^(08...|57P0.)$/;
/** An SQL transaction in which a statement has failed takes no more of them. */
const ABORTED = '25P02';
/** A full disk, or a primary that became a standby: the next statement would fare no better. */
const UNUSABLE = /^(53100|25006)$/;
/** A row that stands already, a lock that was not to be had in time, and the division by zero that says so. */
const STAND_OTHERWISE = /^(23505|55P03|22012)$/;

/** The SQLSTATE of an error or of what caused it, as pg and TypeORM give it. */
function sqlStateOf(error: unknown): string {
  let cause = error;
  for (let depth = 0; depth < CAUSES_MAX && cause instanceof Error; depth++) {
    if ('code' in cause && typeof cause.code === 'string' && cause.code.length === 5) return cause.code;
    cause = cause.cause;
  }
  return '';
}

export function isContention(error: unknown): boolean {
  return CONTENTION.test(sqlStateOf(error));
}

export function isConnectionGone(error: unknown): boolean {
  return CONNECTION_GONE.test(sqlStateOf(error));
}

export function isAborted(error: unknown): boolean {
  return sqlStateOf(error) === ABORTED;
}

export function isUnusable(error: unknown): boolean {
  return UNUSABLE.test(sqlStateOf(error));
}

/**
 * Whether what was run without a claim failed because a row stands otherwise than was taken for granted, or it is too
 * late. What a handler violated counts as well: it may be its own earlier row.
 */
export function rowsStandOtherwise(error: unknown): boolean {
  return STAND_OTHERWISE.test(sqlStateOf(error));
}
