import { beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryBroker, MemoryBus } from '@holdfast/bus';
import type { OutgoingMessage } from '@holdfast/bus';
import { RETRY_POLICY, begin } from '@holdfast/core';
import type { Transaction } from '@holdfast/core';
import { topics } from '@holdfast/protocol';
import type { Command } from '@holdfast/protocol';
import type { AuditRecord, SaveItem, SaveResult, StoredTransaction } from '@holdfast/store';
import { until } from '@holdfast/testing';
import { CommandPace } from './command-pace.js';
import { CommandPublisher } from './command-publisher.js';
import { Engine } from './engine.js';
import { HeldTransactions } from './held-transactions.js';
import { ReplyAddress } from './reply-address.js';
import { Waiters } from './waiters.js';

const XID = '01a20000-0000-7000-8000-000000000001';
const ME = 'me';

/** Rows in memory, guarded as the real ones are; a save can be made to fail, or to wait. */
class FakeStore {
  readonly rows = new Map<string, StoredTransaction>();
  readonly batches: SaveItem[][] = [];
  readonly audited: AuditRecord[] = [];
  auditFails = false;
  beforeSave: (items: readonly SaveItem[]) => Promise<void> | void = () => undefined;
  reject = (_item: SaveItem): Error | undefined => undefined;
  /** What its own clock does not allow yet. */
  isEarly = (_item: SaveItem): boolean => false;

  async load(xids: readonly string[]): Promise<StoredTransaction[]> {
    return xids.flatMap((xid) => this.rows.get(xid) ?? []);
  }

  async save(items: readonly SaveItem[]): Promise<SaveResult> {
    this.batches.push([...items]);
    await this.beforeSave(items);
    const saved = new Set<string>();
    const rejected = [];
    for (const item of items) {
      const { xid } = item.next;
      const error = this.reject(item);
      if (error) rejected.push({ item, error });
      else if (this.rows.get(xid)?.version === item.version && !this.isEarly(item)) {
        this.rows.set(xid, { transaction: item.next, version: item.version + 1, holder: ME });
        saved.add(xid);
      }
    }
    return { saved, rejected };
  }

  async audit(records: readonly AuditRecord[]): Promise<void> {
    if (this.auditFails) throw new Error('no disk');
    this.audited.push(...records);
  }

  isHolder({ holder }: StoredTransaction): boolean {
    return holder === ME;
  }

  phase(xid = XID): string | undefined {
    return this.rows.get(xid)?.transaction.phase;
  }
}

let store: FakeStore;
let sent: OutgoingMessage[];
let publish: (messages: readonly OutgoingMessage[]) => Promise<void>;
let held: HeldTransactions;
let engine: Engine;
let failures: string[];

beforeEach(() => {
  store = new FakeStore();
  sent = [];
  failures = [];
  publish = async () => undefined;
  held = new HeldTransactions();
  const bus = new MemoryBus(new MemoryBroker());
  bus.publish = async (messages) => {
    await publish(messages);
    sent.push(...messages);
  };
  const publisher = new CommandPublisher(new CommandPace(bus, () => 1), topics(), ME, new ReplyAddress());
  const observer = {
    begun: () => undefined,
    ended: () => undefined,
    round: () => undefined,
    beginBatch: () => undefined,
    lostSave: () => failures.push('lost'),
    failed: (what: string) => failures.push(what),
  };
  engine = new Engine(store, publisher, held, new Waiters(), observer, RETRY_POLICY);
});

function opened(xid = XID, branchIds = ['a', 'b'], declared = true): Transaction {
  const branches = branchIds.map((branchId) => ({
    ...{ branchId, participant: 'p', resource: 'r', input: {}, tryBy: 'coordinator' as const },
  }));
  const step = begin({ at: 0, xid, name: 'n', reference: null, deadlineAt: 10_000, branches });
  const transaction = { ...step.transaction, declared };
  store.rows.set(xid, { transaction, version: 1, holder: ME });
  engine.begun([{ transaction, effects: step.effects }]);
  return transaction;
}

const tried = (branchId: string) =>
  ({ type: 'tried', at: 1, branchId, answer: {}, reported: false }) as const;
const operations = () =>
  sent
    .filter(({ topic }) => topic.includes('.cmd.'))
    .map(({ value }) => (JSON.parse(value as string) as Command).operation);
const ends = () => sent.filter(({ topic }) => topic === topics().event);

describe('what leaves, and when', () => {
  test('I3: no Confirm leaves before the decision is saved', async () => {
    opened();
    let release = () => undefined as void;
    store.beforeSave = () => new Promise<void>((resolve) => (release = resolve));
    const applied = Promise.all([engine.apply(XID, tried('a')), engine.apply(XID, tried('b'))]);
    await until(() => store.batches.length === 1, { what: 'the save' });
    expect(operations()).toEqual(['try', 'try']);
    release();
    await applied;
    await until(() => operations().length === 4, { what: 'the Confirms' });
    expect(operations()).toEqual(['try', 'try', 'confirm', 'confirm']);
  });

  test('is not idle while an end is being announced', async () => {
    opened();
    await Promise.all([engine.apply(XID, tried('a')), engine.apply(XID, tried('b'))]);
    let acknowledge = () => undefined as void;
    publish = () => new Promise<void>((resolve) => (acknowledge = resolve));
    const confirmed = (branchId: string) => ({ type: 'confirmed', at: 2, branchId }) as const;
    await Promise.all([engine.apply(XID, confirmed('a')), engine.apply(XID, confirmed('b'))]);
    const idle = engine.idle();
    setImmediate(() => acknowledge());
    await idle;
    expect(store.phase()).toBe('confirmed');
  });

  test('the end is announced before it is saved, and saved only if that succeeded', async () => {
    opened();
    await Promise.all([engine.apply(XID, tried('a')), engine.apply(XID, tried('b'))]);
    publish = async (messages) => {
      if (messages.some(({ topic }) => topic === topics().event)) throw new Error('no broker');
    };
    const confirmed = (branchId: string) => ({ type: 'confirmed', at: 2, branchId }) as const;
    await Promise.all([engine.apply(XID, confirmed('a')), engine.apply(XID, confirmed('b'))]);
    await until(() => failures.length === 1, { what: 'the failed announcement' });
    await engine.idle();
    expect(store.phase()).toBe('confirming');
    expect(held.get(XID)).toBeUndefined();

    publish = async () => undefined;
    await Promise.all([engine.apply(XID, confirmed('a')), engine.apply(XID, confirmed('b'))]);
    await until(() => store.phase() === 'confirmed', { what: 'the saved end' });
    expect(ends()).toHaveLength(1);
  });

  test('no end is announced before the decision is saved, even if both come in one round', async () => {
    opened(XID, [], false);
    let saves = 0;
    store.beforeSave = () => {
      saves += 1;
      if (saves === 1) expect(ends()).toEqual([]);
    };
    const confirm = engine.apply(XID, { type: 'confirmRequested', at: 1, branchIds: [] });
    const woken = engine.apply(XID, { type: 'woken', at: 1 });
    expect((await Promise.all([confirm, woken])).map(({ type }) => type)).toEqual(['applied', 'applied']);
    await until(() => store.phase() === 'confirmed', { what: 'the saved end' });
    expect(store.batches.map(([item]) => item?.next.phase)).toEqual(['confirming', 'confirmed']);
  });

  test('what arrives while a round runs is the next round: one save for all of it', async () => {
    const xids = Array.from({ length: 50 }, (_, i) => `${XID.slice(0, -2)}${String(i).padStart(2, '0')}`);
    for (const xid of xids) opened(xid, ['a']);
    await Promise.all(xids.map((xid) => engine.apply(xid, tried('a'))));
    expect(store.batches.map((batch) => batch.length)).toEqual([50]);
  });
});

describe('saves that do not come through', () => {
  test('I13: whoever lost against a newer state decides again on that, with all that he knew', async () => {
    const transaction = opened();
    await engine.apply(XID, tried('a'));
    expect(store.batches).toEqual([]);
    // Another coordinator has cancelled it meanwhile.
    const cancelled: Transaction = {
      ...transaction,
      phase: 'cancelling',
      decidedAt: 1,
      reason: { code: 'STOP', message: '', branchId: null },
      branches: transaction.branches.map((branch) => ({
        ...branch,
        settle: { ...branch.settle, state: 'pending' },
      })),
    };
    store.rows.set(XID, { transaction: cancelled, version: 2, holder: 'other' });
    await engine.apply(XID, tried('b'));
    expect(failures).toEqual(['lost']);
    expect(store.phase()).toBe('cancelling');
    expect(operations()).toEqual(['try', 'try']);
  });

  test('answers that were only in memory are not lost with a lost save', async () => {
    const transaction = opened();
    await engine.apply(XID, tried('a'));
    store.rows.set(XID, { transaction, version: 5, holder: 'other' });
    await engine.apply(XID, tried('b'));
    expect(store.phase()).toBe('confirming');
    await until(() => operations().length === 4, { what: 'the Confirms' });
    expect(operations()).toEqual(['try', 'try', 'confirm', 'confirm']);
  });

  test('a save of unknown result counts as lost: nothing leaves, and the row is read again', async () => {
    opened();
    store.beforeSave = () => Promise.reject(new Error('connection lost'));
    const results = await Promise.all([engine.apply(XID, tried('a')), engine.apply(XID, tried('b'))]);
    expect(results.map(({ type }) => type)).toEqual(['failed', 'failed']);
    expect(held.get(XID)).toBeUndefined();
    expect(operations()).toEqual(['try', 'try']);
    store.beforeSave = () => undefined;
    await Promise.all([engine.apply(XID, tried('a')), engine.apply(XID, tried('b'))]);
    expect(store.phase()).toBe('confirming');
  });

  test('I10: a Confirm that is early by the clock of the database waits for that, and turns no wheels meanwhile', async () => {
    const transaction = { ...opened(), confirmNotBefore: 5 };
    held.drop(XID);
    store.rows.set(XID, { transaction, version: 1, holder: ME });
    await Promise.all([engine.apply(XID, tried('a')), engine.apply(XID, tried('b'))]);
    expect(store.rows.get(XID)?.transaction).toMatchObject({ phase: 'trying', coolingSince: 1 });
    const saves = store.batches.length;
    let catchesUpAt = Infinity;
    store.isEarly = () => performance.now() < (catchesUpAt = Math.min(catchesUpAt, performance.now() + 300));
    const confirmed = engine.apply(XID, { type: 'woken', at: 5 });
    await until(() => store.batches.length > saves, { what: 'the first save' });
    await engine.idle();
    expect(await confirmed).toMatchObject({ type: 'applied', transaction: { phase: 'confirming' } });
    expect(store.batches.length - saves).toBeLessThanOrEqual(8);
    await until(() => operations().length === 4, { what: 'the Confirms' });
  });

  test('a cancel that comes while a Confirm waits for its time wins', async () => {
    const transaction = { ...opened(), confirmNotBefore: 5 };
    held.drop(XID);
    store.rows.set(XID, { transaction, version: 1, holder: ME });
    await Promise.all([engine.apply(XID, tried('a')), engine.apply(XID, tried('b'))]);
    store.isEarly = ({ next }) => next.phase === 'confirming';
    const early = engine.apply(XID, { type: 'woken', at: 5 });
    await until(() => failures.includes('lost'), { what: 'the early save' });
    const cancel = { type: 'cancelRequested', at: 5, code: 'CHANGED_MIND', message: '' } as const;
    expect(await engine.apply(XID, cancel)).toMatchObject({ transaction: { phase: 'cancelling' } });
    expect(await early).toMatchObject({ type: 'applied', transaction: { phase: 'cancelling' } });
  });

  test('a row that the database will not take is set aside alone', async () => {
    const other = `${XID.slice(0, -1)}2`;
    opened(XID, ['a']);
    opened(other, ['a']);
    store.reject = ({ next }) => (next.xid === XID ? new Error('bad row') : undefined);
    const results = await Promise.all([engine.apply(XID, tried('a')), engine.apply(other, tried('a'))]);
    expect(results.map(({ type }) => type)).toEqual(['failed', 'applied']);
    expect(store.phase(other)).toBe('confirming');
  });
});

describe('operators', () => {
  const byOperator = { actor: 'alice', reason: 'why' };
  const pause = { type: 'pauseRequested', at: 5, ...byOperator } as const;
  const record = { at: 5, action: 'pause', ...byOperator } as const;

  test('a notice leaves after the save of what it tells', async () => {
    opened();
    await engine.apply(XID, pause);
    await until(() => ends().length === 1, { what: 'the notice' });
    expect(store.rows.get(XID)?.transaction.paused).toMatchObject({ actor: 'alice' });
    expect(JSON.parse(ends()[0]?.value as string)).toEqual({
      ...{ v: 1, type: 'paused', xid: XID, name: 'n', reference: null, at: 5 },
      ...{ branchId: null, code: null, message: 'why' },
    });
  });

  test('I15: the record of an action goes with the save that it led to', async () => {
    opened();
    await engine.apply(XID, pause, { audit: record });
    expect(store.batches.flat()).toMatchObject([{ audit: [{ ...record, xid: XID, result: 'applied' }] }]);
    expect(store.audited).toEqual([]);
  });

  test('I15: what changed nothing or was turned down is recorded by itself, before it is answered', async () => {
    opened();
    await engine.apply(XID, pause);
    await engine.apply(XID, pause, { audit: record });
    const retry = { type: 'retryRequested', at: 6, branchIds: null, ...byOperator } as const;
    const refused = await engine.apply(XID, retry, { audit: { ...record, action: 'retry' } });
    expect(refused).toMatchObject({ type: 'applied', rejection: { code: 'TRANSACTION_PAUSED' } });
    expect(store.audited).toEqual([
      { ...record, xid: XID, result: 'unchanged' },
      { ...record, xid: XID, action: 'retry', result: 'TRANSACTION_PAUSED' },
    ]);
  });

  test('I15: an action whose record cannot be written is not answered as done', async () => {
    opened();
    await engine.apply(XID, pause);
    store.auditFails = true;
    expect(await engine.apply(XID, pause, { audit: record })).toMatchObject({ type: 'failed' });
  });

  test('I13: no operator is told from memory that there is nothing to do', async () => {
    const transaction = opened();
    const { paused, wakeAt } = { paused: { since: 1, actor: 'bob', reason: '' }, wakeAt: null };
    store.rows.set(XID, { transaction: { ...transaction, paused, wakeAt }, version: 2, holder: 'other' });
    await engine.apply(
      XID,
      { type: 'resumeRequested', at: 6, ...byOperator },
      { audit: { ...record, action: 'resume' } },
    );
    expect(store.rows.get(XID)).toMatchObject({ version: 3, transaction: { paused: null } });
  });
});

describe('memory', () => {
  test('nobody is turned down from memory alone: a newer row is looked at first', async () => {
    const transaction = opened(XID, ['a'], false);
    const answered: Transaction = {
      ...transaction,
      branches: transaction.branches.map((branch) => ({
        ...branch,
        try: { ...branch.try, state: 'tried', answer: 1, nextAt: null },
      })),
    };
    store.rows.set(XID, { transaction: answered, version: 2, holder: 'other' });
    const result = await engine.apply(XID, { type: 'confirmRequested', at: 1, branchIds: ['a'] });
    expect(result).toMatchObject({ type: 'applied' });
    expect(store.phase()).toBe('confirming');
  });

  test("a reply for another's transaction is saved at once, and one that changes nothing is not kept", async () => {
    const transaction = opened();
    held.drop(XID);
    store.rows.set(XID, { transaction, version: 7, holder: 'other' });
    await engine.apply(XID, tried('unknown'));
    expect(held.get(XID)).toBeUndefined();
    expect(store.batches).toEqual([]);
    await engine.apply(XID, tried('a'));
    expect(store.rows.get(XID)).toMatchObject({ version: 8, holder: ME });
  });

  test('an event for a transaction that does not exist is answered so', async () => {
    expect(await engine.apply(XID, tried('a'))).toEqual({ type: 'notFound' });
  });
});
