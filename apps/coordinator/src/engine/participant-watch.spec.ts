import { beforeEach, expect, test } from '@jest/globals';
import type { ParticipantNews, ParticipantState, ReadersFound } from '@holdfast/store';
import { ParticipantWatch, SILENCE_MS } from './participant-watch.js';

const NOW = 1_000_000;

/** The rows that coordinators share; the rules of its statement are the store's own spec. */
class SharedRows {
  readonly rows = new Map<string, ParticipantState>();
  readonly told: (readonly ParticipantNews[])[] = [];
  away = false;

  async exchange(news: readonly ParticipantNews[]): Promise<ParticipantState[]> {
    if (this.away) throw new Error('The database is away');
    this.told.push(news);
    for (const { name, answeredAt } of news)
      this.put(
        name,
        answeredAt === null ? { setAsideSince: NOW } : { lastAnswerAt: answeredAt, setAsideSince: null },
      );
    return [...this.rows.values()];
  }

  async noteReaders(found: readonly ReadersFound[]): Promise<ParticipantState[]> {
    return found.map(({ name, isRead }) => this.put(name, { unreadSince: isRead ? null : NOW }));
  }

  async pause(name: string, actor: string, reason: string): Promise<ParticipantState> {
    return this.put(name, { paused: { since: NOW, actor, reason } });
  }

  async resume(name: string): Promise<ParticipantState> {
    return this.put(name, { paused: null });
  }

  put(name: string, change: Partial<ParticipantState>): ParticipantState {
    const before = this.rows.get(name) ?? {
      name,
      lastAnswerAt: null,
      setAsideSince: null,
      unreadSince: null,
      paused: null,
    };
    const row = { ...before, ...change };
    this.rows.set(name, row);
    return row;
  }
}

let shared: SharedRows;
let here: ParticipantWatch;
let there: ParticipantWatch;
beforeEach(() => {
  shared = new SharedRows();
  here = new ParticipantWatch(shared);
  there = new ParticipantWatch(shared);
});

test('who is silent is set aside here at once, and elsewhere with the next exchange', async () => {
  here.overdue('stock', NOW);
  expect([...here.setAside]).toEqual(['stock']);
  await here.exchange();
  await there.exchange();
  expect([...there.setAside]).toEqual(['stock']);
});

test('who has answered just now is not set aside, whatever else is overdue', () => {
  here.answered('stock', NOW);
  here.overdue('stock', NOW + SILENCE_MS - 1);
  expect([...here.setAside]).toEqual([]);
  here.overdue('stock', NOW + SILENCE_MS);
  expect([...here.setAside]).toEqual(['stock']);
});

test('its answer brings it back, here at once and elsewhere with the next exchange, each once', async () => {
  here.overdue('stock', NOW);
  await here.exchange();
  await there.exchange();
  expect(here.takeBack()).toEqual([]);
  here.answered('stock', NOW + 5_000);
  expect([here.takeBack(), here.takeBack()]).toEqual([['stock'], []]);
  await here.exchange();
  await there.exchange();
  expect([there.takeBack(), there.takeBack()]).toEqual([['stock'], []]);
  expect([...there.setAside]).toEqual([]);
});

test('what is learnt while the rows cannot be reached is told later', async () => {
  shared.away = true;
  here.overdue('stock', NOW);
  here.answered('coupon', NOW);
  await expect(here.exchange()).rejects.toThrow('away');
  shared.away = false;
  await here.exchange();
  expect(shared.told).toEqual([
    [
      { name: 'coupon', answeredAt: NOW },
      { name: 'stock', answeredAt: null },
    ],
  ]);
});

test('answers are told once a second at most, and read every two seconds where nothing is new', async () => {
  await here.tick(NOW);
  for (let ms = 0; ms < 10_000; ms += 100) {
    here.answered('stock', NOW + ms);
    await here.tick(NOW + ms);
  }
  expect(shared.told.length).toBeLessThanOrEqual(11);
  shared.told.length = 0;
  for (let ms = 10_000; ms < 20_000; ms += 100) await here.tick(NOW + ms);
  expect(shared.told.length).toBeLessThanOrEqual(6);
});

test('a pause holds here at once and elsewhere with the next exchange; a resume brings its work back', async () => {
  await here.pause('stock', 'alice', 'Stocktaking.');
  await there.exchange();
  expect([[...here.paused], [...there.paused]]).toEqual([['stock'], ['stock']]);
  here.answered('stock', NOW);
  expect(here.takeBack()).toEqual([]);
  await there.resume('stock', 'bob', 'Counted.');
  await here.exchange();
  expect([here.takeBack(), there.takeBack()]).toEqual([['stock'], ['stock']]);
  expect([...here.paused]).toEqual([]);
});

test('who answers again while he is paused waits for the resume', async () => {
  here.overdue('stock', NOW);
  await here.pause('stock', 'alice', 'Stocktaking.');
  here.answered('stock', NOW + 5_000);
  expect(here.takeBack()).toEqual([]);
  await here.resume('stock', 'bob', 'Counted.');
  expect(here.takeBack()).toEqual(['stock']);
});

test('whose commands nobody reads is known here at once and elsewhere with the next exchange, until it answers', async () => {
  await here.noteReaders([
    { name: 'stock', isRead: false },
    { name: 'coupon', isRead: true },
  ]);
  expect([...here.withoutConsumer]).toEqual(['stock']);
  expect([...shared.rows.keys()]).toEqual(['stock']);
  await there.exchange();
  expect([...there.withoutConsumer]).toEqual(['stock']);
  there.answered('stock', NOW + 1);
  expect([...there.withoutConsumer]).toEqual([]);
  await here.noteReaders([{ name: 'stock', isRead: true }]);
  expect([...here.withoutConsumer]).toEqual([]);
});
