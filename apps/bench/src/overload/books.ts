import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '@holdfast/testing';
import type pg from 'pg';
import { EQUAL_PARTICIPANTS } from '../work/equal-branches.js';

/** Longer than any deadline of the load: what is not over by then is lost. */
const END_MS_MAX = 40_000;
const LOOK_EVERY_MS = 250;

/** How the transactions of a coordinator stand, and what its participants have to show for them. */
export interface Books {
  readonly confirmed: number;
  readonly unended: number;
  /** Pieces that were taken for good, and that are still frozen, at each participant. */
  readonly settled: readonly number[];
  readonly frozen: readonly number[];
}

/** Reads the books, once all has ended or enough time has passed. */
export async function booksAtTheEnd(databases: Readonly<Record<string, string>>): Promise<Books> {
  const giveUpAt = performance.now() + END_MS_MAX;
  for (;;) {
    const books = await readBooks(databases);
    const isOver = books.unended === 0 && books.frozen.every((count) => count === 0);
    if (isOver || performance.now() > giveUpAt) return books;
    await delay(LOOK_EVERY_MS);
  }
}

/** Whether everything has ended, and every participant has taken one piece for each that was confirmed since. */
export function isBalanced(before: Books, after: Books): boolean {
  const confirmed = after.confirmed - before.confirmed;
  return (
    after.unended === 0 &&
    after.frozen.every((count) => count === 0) &&
    after.settled.every((count, i) => count - (before.settled[i] as number) === confirmed)
  );
}

async function readBooks(databases: Readonly<Record<string, string>>): Promise<Books> {
  const [transactions] = await read<{ confirmed: string; unended: string }>(
    databases['coordinator'] as string,
    `select count(*) filter (where phase = 'confirmed') as confirmed,
            count(*) filter (where ended_at is null) as unended from transactions`,
  );
  const accounts = await Promise.all(
    EQUAL_PARTICIPANTS.map((name) =>
      read<{ settled: string; frozen: string }>(
        databases[name] as string,
        'select sum(settled) as settled, sum(frozen) as frozen from account',
      ),
    ),
  );
  return {
    confirmed: Number(transactions?.confirmed),
    unended: Number(transactions?.unended),
    settled: accounts.map(([sums]) => Number(sums?.settled)),
    frozen: accounts.map(([sums]) => Number(sums?.frozen)),
  };
}

async function read<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  return (await withClient(url, (client) => client.query<Row>(text))).rows;
}
