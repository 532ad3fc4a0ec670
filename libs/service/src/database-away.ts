/** PostgreSQL's classes and codes of errors, and Node's, that are about the connection and not about the statement. */
const CONNECTION_CODES =
  /^(08...|57P0[1-5]|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** What `pg` says without a code. */
const CONNECTION_TEXTS = /^(Connection terminated|timeout exceeded when trying to connect)/;

/** Whether an error means that the database could not be reached, so that the same call may well succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && CONNECTION_CODES.test(code)) return true;
  // TypeORM and the participant wrap what the driver says.
  return CONNECTION_TEXTS.test(error.message) || isDatabaseAway(error.cause);
}
