import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Transaction } from '@holdfast/core';
import { FrozenLedger } from './frozen-ledger.js';
import type { FrozenFilter, FrozenPosition } from './frozen-ledger.js';
import {
  StoreUnderTest,
  after,
  beginAll,
  began,
  cancelling,
  change,
  confirming,
  ended,
} from './store-under-test.suite.js';

const T0 = Date.UTC(2026, 10, 2, 9);

let database: StoreUnderTest;
let ledger: FrozenLedger;
const one = oldest(0);
const begun = {
  trying: one,
  confirming: oldest(1),
  cancelling: oldest(2),
  half: oldest(3),
  ended: oldest(4),
  forced: oldest(5),
  settled: oldest(6),
  followed: oldest(7),
};
beforeAll(async () => {
  database = await StoreUnderTest.open();
  ledger = new FrozenLedger(database.dataSource);
  const store = database.store();
  await beginAll(store, Object.values(begun));
  const half = confirming(begun.half);
  const next: Transaction[] = [
    // An answer that PostgreSQL takes for no text.
    after(begun.trying, {
      ...{ type: 'tried', at: T0 + 10, branchId: 'order', answer: { note: 'a\u0000b' }, reported: false },
    }),
    confirming(begun.confirming),
    cancelling(begun.cancelling),
    after(half, { type: 'confirmed', at: half.beganAt + 20, branchId: 'order' }),
    ended(confirming(begun.ended)),
    forced(begun.forced, 'tried', false),
    forced(begun.settled, 'tried', true),
    forced(begun.followed, 'confirmed', true),
  ];
  await store.save(next.map((each, i) => change(Object.values(begun)[i] as Transaction, 1, each)));
  const open = next.slice(-3);
  const ends = open.map(orderFollowed);
  await store.save(ends.map((end, i) => change(open[i] as Transaction, 2, end)));
  // Whatever order says after the end is raised, and holds nothing any more.
  const denied = { type: 'cancelled', at: T0 + 3_600_000, branchId: 'order' } as const;
  await store.save(ends.map((end) => change(end, 3, after(end, denied))));
});
afterAll(() => database.close());

function oldest(minutes: number): Transaction {
  const at = T0 + minutes * 60_000;
  const time = at.toString(16).padStart(12, '0');
  return began({ at, xid: `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000` });
}

/** Of which stock was forced, in the state in which the force found it, and order has not followed yet. */
function forced(begun: Transaction, fence: 'tried' | 'confirmed', settled: boolean): Transaction {
  const at = begun.beganAt + 50;
  const by = { actor: 'alice', reason: 'stuck' };
  const order = { branchId: 'stock', evidence: 'Ticket 17', participantGone: false, ...by };
  return after(
    confirming(begun),
    { type: 'forceRequested', at, ...order },
    { type: 'forced', at, branchId: 'stock', fence, settled },
  );
}

function orderFollowed(open: Transaction): Transaction {
  const end = after(open, { type: 'confirmed', at: open.beganAt + 60, branchId: 'order' });
  expect(end.endedAt).not.toBeNull();
  return end;
}

const names = new Map(Object.entries(begun).map(([name, { xid }]) => [xid, name]));
async function held(filter: FrozenFilter, limit = 100, from?: FrozenPosition): Promise<string[]> {
  const { rows } = await ledger.page(filter, limit, from);
  return rows.map(({ xid, branchId }) => `${names.get(xid)}/${branchId}`);
}

test('I9: what is held, the oldest first: not what refused, has followed or has ended, but what was forced and is not settled', async () => {
  expect(await held({})).toEqual([
    ...['trying/order', 'trying/stock', 'confirming/order', 'confirming/stock'],
    ...['cancelling/stock', 'half/stock', 'forced/stock'],
  ]);
});

test('by participant, resource and age, in pages', async () => {
  expect(await held({ participant: 'order' })).toEqual(['trying/order', 'confirming/order']);
  expect(await held({ resource: 'order.reserve' })).toEqual(['trying/order', 'confirming/order']);
  expect(await held({ participant: "order' or 1=1 --" })).toEqual([]);
  expect(await held({ begunBefore: T0 + 60_000 })).toEqual(['trying/order', 'trying/stock']);
  expect(await held({}, 3)).toEqual(['trying/order', 'trying/stock', 'confirming/order']);
  const from = { xid: begun.confirming.xid, branchId: 'order' };
  expect(await held({}, 2, from)).toEqual(['confirming/stock', 'cancelling/stock']);
});

test('a page looks at so many and goes on from there', async () => {
  const few = new FrozenLedger(database.dataSource, 3);
  const pages: number[] = [];
  let next: FrozenPosition | null = null;
  do {
    const page: Awaited<ReturnType<FrozenLedger['page']>> = await few.page({}, 2, next);
    pages.push(page.rows.length);
    next = page.next;
  } while (next);
  expect(pages.reduce((sum, count) => sum + count)).toBe(7);
  expect(Math.max(...pages)).toBe(2);
});

test('a row tells what is held and since when', async () => {
  const { rows } = await ledger.page({}, 1);
  const [row] = rows;
  const { xid, name, reference, beganAt } = one;
  expect(row).toMatchObject({ xid, name, reference, beganAt, phase: 'trying', branchId: 'order' });
  expect(row?.try).toMatchObject({ state: 'tried', answer: { note: 'a\u0000b' }, firstAt: T0 });
});
