import { expect, test } from '@jest/globals';
import type { HistoryPlace, HistoryStep } from '@holdfast/store';
import { HistoryRetention } from './history-retention.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const place = (at: string): HistoryPlace => ({ at, xid: 'x' });

/** Answers the steps one after another, and notes how each was asked for. */
class ScriptedHistory {
  readonly asked: string[] = [];
  transactions: (HistoryPlace | undefined)[] = [];
  away = false;

  async forgetTransactions(retentionMs: number, limit: number, from?: HistoryPlace): Promise<HistoryStep> {
    this.asked.push(`transactions ${retentionMs / DAY_MS} d from ${from?.at ?? 'the start'}`);
    if (this.away) throw new Error('The database is away');
    return { looked: limit, removed: limit, next: this.transactions.shift() };
  }

  async forgetKeys(retentionMs: number): Promise<HistoryStep> {
    this.asked.push(`keys ${retentionMs / DAY_MS} d`);
    return { looked: 0, removed: 0, next: undefined };
  }
}

function retention(): { history: ScriptedHistory; retention: HistoryRetention; failures: string[] } {
  const history = new ScriptedHistory();
  const failures: string[] = [];
  const observer = { failed: (what: string) => failures.push(what) };
  return { history, retention: new HistoryRetention(history, 30 * DAY_MS, observer), failures };
}

test('each tick is one step; it goes on where the last came to, keys are kept a day longer, and then it rests', async () => {
  const { history, retention: forgets } = retention();
  history.transactions = [place('a'), place('b'), undefined];
  for (let ms = 0; ms < 1_000; ms += 100) await forgets.tick(ms);
  expect(history.asked).toEqual([
    'transactions 30 d from the start',
    'transactions 30 d from a',
    'transactions 30 d from b',
    'keys 31 d',
  ]);
  await forgets.tick(MINUTE_MS + 1_000);
  expect(history.asked.at(-1)).toBe('transactions 30 d from the start');
});

test('a step that fails is told, and tried again after the rest', async () => {
  const { history, retention: forgets, failures } = retention();
  history.away = true;
  await forgets.tick(0);
  expect(failures).toHaveLength(1);
  await forgets.tick(MINUTE_MS);
  expect(history.asked.filter((each) => each.startsWith('transactions'))).toHaveLength(2);
});

test('one step runs at a time', async () => {
  const { history, retention: forgets } = retention();
  history.transactions = [place('a'), place('b')];
  await Promise.all([forgets.tick(0), forgets.tick(0)]);
  expect(history.asked).toHaveLength(1);
});
