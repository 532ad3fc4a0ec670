/** The database can't be used now. Nothing is answered; the commands are delivered again. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway';

  constructor(cause: unknown) {
    super(`The database is away: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The connection went during the work, while the database lives: it may be the work that costs it its connection. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';

  constructor(cause: unknown) {
    super(`The connection was lost: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** COMMIT was answered with a rollback: a statement had failed, and the handler went on as if it had not. */
export class NotCommitted extends Error {
  override readonly name = 'NotCommitted';

  constructor(tag: string, cause: unknown) {
    const because = cause instanceof Error ? `: the handler swallowed "${cause.message}"` : '';
    super(`COMMIT was answered with ${tag}${because}`, { cause });
  }
}

/** COMMIT came with a warning, for example that there was no transaction any more. Nothing is answered. */
export class CommitUnknown extends Error {
  override readonly name = 'CommitUnknown';

  constructor(cause: Error) {
    super(`COMMIT came with a warning: ${cause.message}`, { cause });
  }
}

export class TimeLimitPassed extends Error {
  override readonly name = 'TimeLimitPassed';

  constructor(limitMs: number) {
    super(`It took longer than its limit of ${limitMs} ms`);
  }
}
