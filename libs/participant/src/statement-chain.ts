import pg from 'pg';
import type { PoolClient, QueryResult } from 'pg';

/** A statement that a connection keeps prepared under its name. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/** A statement with its values. */
export interface Call {
  readonly statement: string | PreparedStatement;
  readonly values: readonly unknown[];
}

export const BEGIN: PreparedStatement = { name: 'holdfast_begin', text: 'begin' };
export const COMMIT: PreparedStatement = { name: 'holdfast_commit', text: 'commit' };

/** The parts of pg's connection and query that their types leave out. */
interface Wire {
  readonly parsedStatements: Readonly<Record<string, string>>;
  bind(portal: { readonly portal: string; readonly statement: string }): void;
  execute(portal: { readonly portal: string }): void;
  sync(): void;
}
interface WireQuery {
  readonly portal: string;
  prepare(wire: Wire): void;
}
const Query = pg.Query as unknown as new (
  config: object,
  callback: (error: Error | undefined, results: QueryResult[]) => void,
) => WireQuery;

function step(wire: Wire, { name }: PreparedStatement): void {
  wire.bind({ portal: '', statement: name });
  wire.execute({ portal: '' });
}

/**
 * Statements in one message of the extended protocol: the server runs one after the other, skips the rest after one
 * that fails, and answers once. A round trip costs both sides more than most statements do.
 */
class Chain extends Query {
  constructor(
    { statement, values }: Call,
    private readonly before: PreparedStatement | undefined,
    private readonly after: PreparedStatement | undefined,
    callback: (error: Error | undefined, results: QueryResult[]) => void,
  ) {
    const named = typeof statement === 'string' ? { text: statement } : statement;
    super({ ...named, values, queryMode: 'extended' }, callback);
  }

  /** Called by pg when it is the query's turn. */
  override prepare(wire: Wire): void {
    if (this.before) step(wire, this.before);
    super.prepare(wire);
  }

  /** Called by pg's `prepare`, behind the statement's bind. */
  _getRows(wire: Wire): void {
    wire.execute({ portal: this.portal });
    if (this.after) step(wire, this.after);
    wire.sync();
  }
}

function send(
  client: PoolClient,
  call: Call,
  before: PreparedStatement | undefined,
  after: PreparedStatement | undefined,
): Promise<QueryResult[]> {
  return new Promise((resolve, reject) => {
    const chain = new Chain(call, before, after, (error, results) =>
      error ? reject(error) : resolve(results),
    );
    client.query(chain as unknown as pg.Query);
  });
}

/** What a connection has prepared: the first time it goes by itself, since pg takes a chain for one statement. */
function isPrepared(client: PoolClient, { name }: PreparedStatement): boolean {
  return (client as unknown as { connection: Wire }).connection.parsedStatements[name] !== undefined;
}

/** Begins an SQL transaction with its first statement. */
export async function beginWith(client: PoolClient, call: Call): Promise<QueryResult> {
  if (!isPrepared(client, BEGIN)) {
    await client.query(BEGIN);
    return runCall(client, call);
  }
  const [, result] = await send(client, call, BEGIN, undefined);
  return result as QueryResult;
}

/** Commits an SQL transaction with its last statement; the result is that of COMMIT. */
export async function commitWith(client: PoolClient, call: Call): Promise<QueryResult> {
  if (!isPrepared(client, COMMIT)) {
    await runCall(client, call);
    return client.query(COMMIT);
  }
  const results = await send(client, call, undefined, COMMIT);
  return results.at(-1) as QueryResult;
}

/** A statement by itself. */
export function runCall(client: PoolClient, { statement, values }: Call): Promise<QueryResult> {
  return typeof statement === 'string'
    ? client.query(statement, values as unknown[])
    : client.query({ ...statement, values: values as unknown[] });
}
