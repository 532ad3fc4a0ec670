import type { PoolClient, QueryResult } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { Sql, SqlResult } from './handler.js';
import {
  CommitUnknown,
  ConnectionLost,
  DatabaseAway,
  NotCommitted,
  TimeLimitPassed,
} from './sql-failures.js';
import { isAborted, isConnectionGone, isUnusable } from './sql-states.js';
import {
  BEGIN,
  COMMIT,
  beginWith,
  commitWith,
  runCall,
  type Call,
  type PreparedStatement,
} from './statement-chain.js';

/** The parts of a pg connection that its type leaves out. */
type Connection = PoolClient & {
  readonly processID: number;
  readonly connection: { readonly stream: { destroy(error: Error): void } };
};

/** What ends the SQL transaction, and so has no place within it; savepoints do. */
const ENDS_TRANSACTION =
  /^\s*(begin|start\s+transaction|commit|end|abort|prepare\s+transaction|rollback(?!.*\bto\b))\b/i;

/**
 * One SQL transaction on a connection of the pool: begun by its first statement, worked in, and ended by exactly one
 * commit or rollback.
 */
export class SqlTransaction implements Sql {
  /** Statements so far, besides BEGIN and COMMIT and those of `manager`. */
  statements = 0;
  #begun = false;
  /** Why it takes no more statements. Most never ask: an error with its stack costs more than they do. */
  #closed: (() => Error) | undefined;
  /** Why the connection is gone. */
  #lost: Error | undefined;
  #destroyed = false;
  /** The last error of a statement, which explains a commit that turns out to be a rollback. */
  #statementError: unknown;

  private constructor(
    private readonly dataSource: DataSource,
    private readonly runner: QueryRunner,
    private readonly client: Connection,
  ) {
    client.on('error', this.#onLost);
  }

  /** @throws DatabaseAway if there is no connection to be had. */
  static async open(dataSource: DataSource): Promise<SqlTransaction> {
    const runner = dataSource.createQueryRunner('master');
    try {
      const client = (await runner.connect()) as Connection;
      // So that its manager knows that it is in a transaction, and nests by savepoints.
      Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
      return new SqlTransaction(dataSource, runner, client);
    } catch (error) {
      await runner.release();
      throw new DatabaseAway(error);
    }
  }

  /** TypeORM on this SQL transaction. */
  get manager(): EntityManager {
    this.#assertOpen();
    this.#beginAhead();
    return this.runner.manager;
  }

  /** For handlers: the SQL transaction itself is not theirs to end. */
  query<Row>(statement: string | PreparedStatement, values?: readonly unknown[]): Promise<SqlResult<Row>> {
    const text = typeof statement === 'string' ? statement : statement.text;
    const result = ENDS_TRANSACTION.test(text)
      ? Promise.reject<SqlResult<Row>>(
          new Error(`The SQL transaction is not the handler's to end by "${text}"`),
        )
      : this.run<Row>(statement, values);
    // One that the handler does not await must not end the process when it fails; it fails the commit instead.
    result.catch(() => undefined);
    return result;
  }

  /** @throws DatabaseAway if its first statement finds the connection gone. */
  async run<Row>(
    statement: string | PreparedStatement,
    values: readonly unknown[] = [],
  ): Promise<SqlResult<Row>> {
    this.#assertOpen();
    this.statements++;
    const call = { statement, values };
    try {
      const { rows, rowCount } = await (this.#begun ? runCall(this.client, call) : this.#begin(call));
      return { rows: rows as Row[], rowCount: rowCount ?? 0 };
    } catch (error) {
      this.#statementError = error;
      throw error;
    }
  }

  /** @throws TimeLimitPassed if the work has not ended by then; it may still be running, so `abandon` comes next. */
  async within<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new TimeLimitPassed(limitMs)), limitMs);
    });
    try {
      return await Promise.race([work(), limit]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Returns only after a commit that really was one.
   * @param last a statement that goes with it.
   * @throws NotCommitted if it was rolled back, CommitUnknown or DatabaseAway if nobody knows; what failed the last
   *   statement.
   */
  async commit(last?: Call): Promise<void> {
    this.#close(() => new Error('The SQL transaction is being committed'));
    let warning: Error | undefined;
    const onNotice = ({ message }: { message?: string | undefined }): void => {
      warning = new Error(message);
    };
    this.client.on('notice', onNotice);
    try {
      const { command } = await this.#commit(last);
      // A statement that failed and whose error was swallowed makes PostgreSQL answer ROLLBACK, without an error.
      if (command !== 'COMMIT') throw new NotCommitted(command, this.#statementError);
      if (warning) throw new CommitUnknown(warning);
    } catch (error) {
      if (!this.#hasLost(error)) {
        // It may be the last statement that failed.
        if (last) await this.#rollBack();
        // That is what the last statement says after one whose error was swallowed.
        throw isAborted(error) ? new NotCommitted('ROLLBACK', this.#statementError) : error;
      }
      this.#destroy(error as Error);
      throw new DatabaseAway(error);
    } finally {
      this.client.off('notice', onNotice);
      await this.#release();
    }
  }

  /**
   * Ends it after a failure, and tells what failed it: ConnectionLost or DatabaseAway where the connection went, else
   * the failure itself.
   */
  async rollback(failure: unknown): Promise<unknown> {
    this.#close(() => new Error('The SQL transaction was rolled back'));
    await this.#rollBack();
    await this.#release();
    if (failure instanceof DatabaseAway) return failure;
    if (isUnusable(failure)) return new DatabaseAway(failure);
    if (!this.#lost && !isConnectionGone(failure)) return failure;
    return (await this.#databaseAnswers()) ? new ConnectionLost(failure) : new DatabaseAway(failure);
  }

  /**
   * Closes it under a handler that still runs: its statements fail from now on, and the connection is destroyed. The
   * server is told as well, since a backend that waits for a lock does not notice, and would keep the ones it has.
   */
  async abandon(limitMs: number): Promise<void> {
    this.#close(() => new TimeLimitPassed(limitMs));
    this.#destroy(new TimeLimitPassed(limitMs));
    // By age as well: behind a connection pooler the number may be somebody else's.
    await this.dataSource
      .query(
        `select pg_terminate_backend(pid, 1000) from pg_stat_activity
          where pid = $1 and usename = current_user and xact_start < clock_timestamp() - make_interval(secs => $2)`,
        [this.client.processID, (limitMs / 1000) * 0.9],
      )
      .catch(() => undefined);
  }

  /**
   * What TypeORM sends does not come by here, so BEGIN goes ahead of it: a connection takes one statement after the
   * other. Should BEGIN fail, nothing may follow it, or it would be committed by itself.
   */
  #beginAhead(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.client.query(BEGIN.text, (error: Error | null) => {
      if (error) this.#destroy(error);
    });
  }

  async #begin(call: Call): Promise<QueryResult> {
    this.#begun = true;
    try {
      return await beginWith(this.client, call);
    } catch (error) {
      // Nothing has happened yet that could have cost it its connection.
      throw this.#hasLost(error) ? new DatabaseAway(error) : error;
    }
  }

  async #commit(last: Call | undefined): Promise<QueryResult> {
    if (!last) return this.client.query(COMMIT);
    this.statements++;
    if (this.#begun) return commitWith(this.client, last);
    await this.#begin(last);
    return this.client.query(COMMIT);
  }

  async #rollBack(): Promise<void> {
    try {
      if (!this.#lost) await this.client.query('rollback');
    } catch (error) {
      this.#destroy(error as Error);
    }
  }

  /** Whether an error means that the connection, or the database behind it, is of no more use. */
  #hasLost(error: unknown): boolean {
    return this.#lost !== undefined || isConnectionGone(error) || isUnusable(error);
  }

  #assertOpen(): void {
    if (this.#closed) throw this.#closed();
  }

  #close(reason: () => Error): void {
    this.#closed ??= reason;
  }

  /** The error that this raises on the connection makes TypeORM and the pool give it up. */
  #destroy(reason: Error): void {
    this.#destroyed = true;
    this.client.connection.stream.destroy(reason);
  }

  readonly #onLost = (error: Error): void => {
    this.#lost ??= error;
  };

  async #release(): Promise<void> {
    if (this.#destroyed) return;
    await this.runner.release();
    this.client.off('error', this.#onLost);
  }

  /** Whether it was this connection only. */
  async #databaseAnswers(): Promise<boolean> {
    try {
      await this.dataSource.query('select 1');
      return true;
    } catch {
      return false;
    }
  }
}
