import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ParticipantStore } from './participant-store.js';
import { StoreUnderTest } from './store-under-test.suite.js';

const SILENCE_MS = 3_000;

let database: StoreUnderTest;
let store: ParticipantStore;
beforeAll(async () => {
  database = await StoreUnderTest.open();
  store = new ParticipantStore(database.dataSource);
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.sql('truncate participants');
});

const answered = (name: string, answeredAt: number) =>
  store.exchange([{ name, answeredAt }], SILENCE_MS).then(([state]) => state);
const silent = (name: string) =>
  store.exchange([{ name, answeredAt: null }], SILENCE_MS).then(([state]) => state);
const now = async () => {
  const [row] = await database.sql<{ now: Date }>('select now()');
  return row?.now.getTime() ?? 0;
};

test('what one coordinator tells, all read, and the latest answer stands', async () => {
  const at = await now();
  await store.exchange(
    [
      { name: 'stock', answeredAt: at },
      { name: 'coupon', answeredAt: at - 50_000 },
    ],
    SILENCE_MS,
  );
  await answered('stock', at - 10);
  const states = await store.exchange([], SILENCE_MS);
  expect(states.map(({ name, lastAnswerAt }) => [name, lastAnswerAt]).sort()).toEqual([
    ['coupon', at - 50_000],
    ['stock', at],
  ]);
});

test('whoever does not answer is set aside, from the first who says so on', async () => {
  const first = await silent('stock');
  expect(first?.setAsideSince).toBeGreaterThan(0);
  expect(await silent('stock')).toEqual(first);
});

test('whoever has just answered another coordinator is not set aside', async () => {
  await answered('stock', await now());
  expect(await silent('stock')).toMatchObject({ setAsideSince: null });
  await answered('coupon', (await now()) - SILENCE_MS - 1_000);
  expect((await silent('coupon'))?.setAsideSince).toBeGreaterThan(0);
});

test('an answer brings it back, unless it came before it fell silent', async () => {
  const { setAsideSince } = (await silent('stock')) as { setAsideSince: number };
  expect(await answered('stock', setAsideSince - 60_000)).toMatchObject({ setAsideSince });
  expect(await answered('stock', setAsideSince + 1)).toMatchObject({ setAsideSince: null });
});

test('a pause stands as it was first said, until the resume; answers do not touch it', async () => {
  const paused = await store.pause('stock', 'alice', 'Stocktaking.');
  expect(paused.paused).toMatchObject({ actor: 'alice', reason: 'Stocktaking.' });
  expect(await store.pause('stock', 'bob', 'Another reason.')).toEqual(paused);
  expect((await answered('stock', await now()))?.paused).toEqual(paused.paused);
  expect((await store.resume('stock', 'carol', 'Counted.'))?.paused).toBeNull();
  expect(await store.resume('stranger', 'carol', 'Who?')).toBeUndefined();
});

test('I15: who paused and resumed it is noted in the same commit, and what came of it', async () => {
  await store.pause('bank', 'alice', 'Holiday.');
  await store.pause('bank', 'bob', 'Holiday too.');
  await store.resume('bank', 'carol', 'Over.');
  await store.resume('bank', 'carol', 'Really.');
  const rows = await database.sql<Record<string, string>>(
    `select actor, action, reason, result from audit where participant = 'bank' order by id`,
  );
  expect(rows.map((row) => Object.values(row))).toEqual([
    ['alice', 'pause-participant', 'Holiday.', 'applied'],
    ['bob', 'pause-participant', 'Holiday too.', 'unchanged'],
    ['carol', 'resume-participant', 'Over.', 'applied'],
    ['carol', 'resume-participant', 'Really.', 'unchanged'],
  ]);
});

test('whose commands nobody reads is known to all, from the first who finds it so until somebody reads or it answers', async () => {
  const note = async (isRead: boolean) =>
    (await store.noteReaders([{ name: 'stock', isRead }]))[0]?.unreadSince;
  const since = (await note(false)) ?? NaN;
  expect(since).toBeGreaterThan(0);
  expect(await note(false)).toBe(since);
  expect(await store.exchange([], SILENCE_MS)).toMatchObject([{ name: 'stock', unreadSince: since }]);
  expect(await note(true)).toBeNull();

  const again = (await note(false)) ?? NaN;
  expect(await answered('stock', again - 1)).toMatchObject({ unreadSince: again });
  expect(await answered('stock', again + 1)).toMatchObject({ unreadSince: null });
});
