import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Command } from '@holdfast/protocol';
import { until } from '@holdfast/testing';
import pg from 'pg';
import { CoordinatorUnderTest, agreeable } from './coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start());
afterAll(() => coordinator.stop());
beforeEach(() => {
  for (const participant of coordinator.participants.values()) participant.script = agreeable;
});

const p = () => coordinator.participant('p');
const q = () => coordinator.participant('q');

describe('declared', () => {
  test('confirms all branches once all have answered yes, and tells the end', async () => {
    const { status, body } = await coordinator.declare(['p', 'q'], '?wait=ended', { reference: 'order-1' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ phase: 'confirmed', reason: null, reference: 'order-1' });
    expect(body.branches).toMatchObject([
      { branchId: '1', participant: 'p', state: 'confirmed', answer: { held: { n: 0 } } },
      { branchId: '2', participant: 'q', state: 'confirmed', answer: { held: { n: 1 } } },
    ]);
    expect(coordinator.endedEvents(body.xid)).toMatchObject([{ outcome: 'confirmed', reference: 'order-1' }]);
  });

  test('peer defect 17: an end is in the row at once, and nobody is told of it before', async () => {
    p().script = (command) => (command.operation === 'confirm' ? undefined : agreeable(command));
    const { xid } = (await coordinator.declare(['p'], '?wait=decided')).body;
    const [confirm] = await until(() => p().sent(xid, 'confirm'), { what: 'the Confirm' });
    const client = new pg.Client({ connectionString: coordinator.databaseUrl });
    await client.connect();
    await client.query('begin');
    await client.query('select from transactions where xid = $1 for update', [xid]);
    const order: string[] = [];
    const told = coordinator.get(`/v1/transactions/${xid}?wait=ended`).then(({ body }) => {
      order.push(`told ${body.phase}`);
    });
    await p().reply(confirm as Command, { outcome: 'confirmed' });
    await until(() => coordinator.endedEvents(xid).length > 0, { what: 'the event of the end' });
    for (let i = 0; i < 3; i++)
      order.push(`read ${(await coordinator.get(`/v1/transactions/${xid}`)).body.phase}`);
    const freeAt = performance.now();
    await client.query('commit');
    await client.end();
    await told;
    expect(performance.now() - freeAt).toBeLessThan(1_000);
    expect(order).toEqual([...Array(3).fill('read confirming'), 'told confirmed']);
    const rows = await coordinator.sql('select phase, wake_at from transactions where xid = $1', [xid]);
    expect(rows).toEqual([{ phase: 'confirmed', wake_at: null }]);
  });

  test('I2: one no cancels all, the one that said no and the one that said nothing too', async () => {
    p().script = (command) =>
      command.operation === 'try'
        ? { outcome: 'refused', code: 'SOLD_OUT', message: 'none left' }
        : agreeable(command);
    q().script = (command) => (command.operation === 'try' ? undefined : agreeable(command));
    const { body } = await coordinator.declare(['p', 'q'], '?wait=ended');
    expect(body).toMatchObject({
      phase: 'cancelled',
      reason: { code: 'SOLD_OUT', message: 'none left', branchId: '1' },
      branches: [{ state: 'cancelled', refusal: { code: 'SOLD_OUT' } }, { state: 'cancelled' }],
    });
    expect(p().sent(body.xid, 'confirm')).toEqual([]);
    expect(q().sent(body.xid, 'confirm')).toEqual([]);
  });

  test('I3: the decision is durable before any Confirm leaves', async () => {
    const phases: string[] = [];
    const seen = new Promise<void>((resolve) => {
      p().script = (command) => {
        if (command.operation === 'confirm') {
          void coordinator
            .sql<{ phase: string }>('select phase from transactions where xid = $1', [command.xid])
            .then(([row]) => phases.push(row?.phase ?? 'none'))
            .then(() => resolve());
        }
        return agreeable(command);
      };
    });
    await coordinator.declare(['p', 'q'], '?wait=decided');
    await seen;
    expect(['confirming', 'confirmed']).toContain(phases[0]);
  });

  test('a failed Try is tried again within 300 ms, and its sibling is not disturbed', async () => {
    const triedAt: number[] = [];
    p().script = (command) => {
      if (command.operation !== 'try') return agreeable(command);
      triedAt.push(Date.now());
      if (triedAt.length > 1) return agreeable(command);
      return { outcome: 'failed', operation: 'try', code: 'HANDLER_FAILED', message: 'disk full' };
    };
    const { body } = await coordinator.declare(['p', 'q'], '?wait=ended');
    expect(body.phase).toBe('confirmed');
    expect(triedAt).toHaveLength(2);
    expect((triedAt[1] as number) - (triedAt[0] as number)).toBeGreaterThanOrEqual(140);
    expect(q().sent(body.xid, 'try')).toHaveLength(1);
  });

  test('peer defect 20: a Confirm that fails is tried again, and never turns into a Cancel', async () => {
    let failures = 3;
    p().script = (command) =>
      command.operation === 'confirm' && failures-- > 0
        ? { outcome: 'failed', operation: 'confirm', code: 'HANDLER_FAILED', message: 'no' }
        : agreeable(command);
    const { body } = await coordinator.declare(['p', 'q'], '?wait=ended&timeout=20s');
    expect(body.phase).toBe('confirmed');
    expect(
      p()
        .sent(body.xid, 'confirm')
        .map(({ attempt }) => attempt),
    ).toEqual([1, 2, 3, 4]);
    expect(p().sent(body.xid, 'cancel')).toEqual([]);
  });

  test('what is undecided at its deadline is cancelled, and says who was silent', async () => {
    q().script = (command) => (command.operation === 'try' ? undefined : agreeable(command));
    const { body } = await coordinator.declare(['p', 'q'], '?wait=ended', { timeout: '300ms' });
    expect(body).toMatchObject({ phase: 'cancelled', reason: { code: 'TIMEOUT' } });
    expect(body.reason.message).toContain('No answer to Try from: 2.');
  });

  test('a begin that does not wait is answered as it stands', async () => {
    const { status, body } = await coordinator.declare(['p', 'q']);
    expect(status).toBe(201);
    expect(body.phase).toBe('trying');
  });
});

describe('idempotency', () => {
  test('peer defect 26: the same key is the same transaction, and the answer says so', async () => {
    const key = { 'idempotency-key': 'same' };
    const first = await coordinator.declare(['p'], '?wait=ended', {}, key);
    const second = await coordinator.declare(['p'], '?wait=ended', {}, key);
    expect(second).toMatchObject({ status: 200, body: first.body });
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(p().sent(first.body.xid, 'try')).toHaveLength(1);
  });

  test('64 begins with one key at the same moment are one transaction', async () => {
    const answers = await Promise.all(
      Array.from({ length: 64 }, () =>
        coordinator.declare(['p'], '', {}, { 'idempotency-key': 'impatient' }),
      ),
    );
    expect(new Set(answers.map(({ body }) => body.xid)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  test('the same key with another body is refused and begins nothing', async () => {
    const key = { 'idempotency-key': 'other-body' };
    await coordinator.declare(['p'], '', {}, key);
    const before = await coordinator.sql('select count(*) from transactions');
    const { status, body } = await coordinator.declare(['q'], '', {}, key);
    expect(status).toBe(409);
    expect(body.code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await coordinator.sql('select count(*) from transactions')).toEqual(before);
  });
});

describe('branch by branch', () => {
  const branch = (branchId: string, n = 1) => ({
    branchId,
    participant: 'p',
    resource: 'p.reserve',
    input: { n },
  });
  const begin = async (timeout = '30s') =>
    (await coordinator.post('/v1/transactions', { name: 'test', timeout })).body.xid;
  const register = (xid: string, body: object, query = '?wait=tried') =>
    coordinator.post(`/v1/transactions/${xid}/branches${query}`, body);
  const act = (xid: string, action: string, body: object = {}, query = '?wait=ended') =>
    coordinator.post(`/v1/transactions/${xid}/actions/${action}${query}`, body);

  test('each answer is told once it is durable, and confirm confirms', async () => {
    const xid = await begin();
    const answer = await register(xid, branch('a'));
    expect(answer).toMatchObject({ status: 200, body: { state: 'tried', answer: { held: { n: 1 } } } });
    const [row] = await coordinator.sql('select progress from transactions where xid = $1', [xid]);
    expect(row).toMatchObject({ progress: [{ try: { state: 'tried' } }] });
    await register(xid, branch('b'));
    expect((await act(xid, 'confirm', { branchIds: ['a', 'b'] })).body.phase).toBe('confirmed');
  });

  test('peer defect 12: a repeated registration is the same branch, and the same id for another branch is refused', async () => {
    const xid = await begin();
    const answers = await Promise.all(Array.from({ length: 8 }, () => register(xid, branch('a'))));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(p().sent(xid, 'try')).toHaveLength(1);
    const other = await register(xid, branch('a', 2));
    expect(other).toMatchObject({ status: 409, body: { code: 'BRANCH_DIFFERS' } });
  });

  test('peer defect 15: no branch is registered after the decision', async () => {
    const xid = await begin();
    await act(xid, 'cancel');
    const late = await register(xid, branch('late'));
    expect(late).toMatchObject({ status: 409, body: { code: 'ALREADY_CANCELLED' } });
    expect(p().sent(xid, 'try')).toEqual([]);
  });

  test('peer defect 15: registrations that race the decision either stand in it or are refused', async () => {
    const xid = await begin();
    await register(xid, branch('a'));
    const [decision, ...registrations] = await Promise.all([
      act(xid, 'confirm', { branchIds: ['a'] }),
      ...Array.from({ length: 5 }, (_, i) => register(xid, branch(`r${i}`))),
    ]);
    const stood = registrations.filter(({ status }) => status === 200).length;
    const { body } = await coordinator.get(`/v1/transactions/${xid}?wait=ended`);
    expect(body.branches).toHaveLength(1 + stood);
    if (decision.status === 200) expect(stood).toBe(0);
    else expect(decision.body.code).toMatch(/BRANCHES_DIFFER|BRANCH_UNANSWERED/);
  });

  test('peer defect 1, peer defect 16: a repeated confirm repeats its answer, and a cancel after it is refused', async () => {
    const xid = await begin();
    await register(xid, branch('a'));
    const first = await act(xid, 'confirm', { branchIds: ['a'] });
    const second = await act(xid, 'confirm', { branchIds: ['a'] });
    expect(second).toMatchObject({ status: 200, body: first.body });
    expect(p().sent(xid, 'confirm')).toHaveLength(1);
    expect(await act(xid, 'cancel')).toMatchObject({ status: 409, body: { code: 'ALREADY_CONFIRMED' } });
  });

  test('confirm is refused if it means other branches, or one that has not answered', async () => {
    p().script = (command) => (command.operation === 'try' ? undefined : agreeable(command));
    const xid = await begin();
    await register(xid, branch('a'), '?wait=tried&timeout=0ms');
    expect((await act(xid, 'confirm', { branchIds: [] })).body.code).toBe('BRANCHES_DIFFER');
    expect((await act(xid, 'confirm', { branchIds: ['a'] })).body.code).toBe('BRANCH_UNANSWERED');
    expect((await act(xid, 'cancel', { code: 'CHANGED_MIND', message: 'm' })).body).toMatchObject({
      phase: 'cancelled',
      reason: { code: 'CHANGED_MIND' },
    });
  });

  test('I7, peer defect 21: what its initiator has left is cancelled at its deadline', async () => {
    const xid = await begin('400ms');
    await register(xid, branch('a'));
    const { body } = await coordinator.get(`/v1/transactions/${xid}?wait=ended`);
    expect(body).toMatchObject({ phase: 'cancelled', reason: { code: 'TIMEOUT' } });
    expect(p().sent(xid, 'cancel')).toHaveLength(1);
  });

  test('a participant registers itself, reports its yes, and is told to confirm', async () => {
    const xid = await begin();
    const own = { ...branch('own'), tryBy: 'participant' };
    expect((await register(xid, own, '')).body.state).toBe('trying');
    const report = `/v1/transactions/${xid}/branches/own/actions/tried`;
    expect((await coordinator.post(report, { answer: { id: 7 } })).body).toMatchObject({
      state: 'tried',
      answer: { id: 7 },
    });
    expect((await act(xid, 'confirm', { branchIds: ['own'] })).body.phase).toBe('confirmed');
    expect(p().sent(xid, 'try')).toEqual([]);
    expect(p().sent(xid, 'confirm')).toHaveLength(1);
  });

  test('a participant that registered itself and refused cancels the transaction', async () => {
    const xid = await begin();
    await register(xid, { ...branch('own'), tryBy: 'participant' }, '');
    const report = `/v1/transactions/${xid}/branches/own/actions/refused`;
    await coordinator.post(report, { code: 'NO_MONEY', message: 'empty' });
    const { body } = await coordinator.get(`/v1/transactions/${xid}?wait=ended`);
    expect(body).toMatchObject({ phase: 'cancelled', reason: { code: 'NO_MONEY', branchId: 'own' } });
  });

  test('a transaction without branches confirms', async () => {
    const xid = await begin();
    expect((await act(xid, 'confirm', { branchIds: [] })).body.phase).toBe('confirmed');
  });
});

describe('lists', () => {
  test('unresolved ones by default, by reference and by a window of end times, in pages', async () => {
    q().script = () => undefined;
    const xids: string[] = [];
    for (let i = 0; i < 3; i++)
      xids.push((await coordinator.declare(['q'], '', { name: 'listed' })).body.xid);
    const first = await coordinator.get('/v1/transactions?name=listed&limit=2');
    expect(first.body.items.map(({ xid }: { xid: string }) => xid)).toEqual([xids[2], xids[1]]);
    const next = encodeURIComponent(first.body.next);
    const second = await coordinator.get(`/v1/transactions?name=listed&limit=2&cursor=${next}`);
    expect(second.body).toMatchObject({ items: [{ xid: xids[0] }], next: null });
    const stolen = await coordinator.get(`/v1/transactions?name=other&cursor=${next}`);
    expect(stolen).toMatchObject({ status: 422, body: { code: 'INVALID_REQUEST' } });
    for (const xid of xids) await coordinator.post(`/v1/transactions/${xid}/actions/cancel`, {});
    q().script = agreeable;
    for (const xid of xids) {
      await until(async () => (await coordinator.get(`/v1/transactions/${xid}`)).body.phase === 'cancelled', {
        timeoutMs: 20_000,
        what: `the end of ${xid}`,
      });
    }
    expect((await coordinator.get('/v1/transactions?name=listed')).body.items).toEqual([]);
    const window = `endedAfter=${new Date(Date.now() - 60_000).toISOString()}&endedBefore=${new Date(Date.now() + 60_000).toISOString()}`;
    expect((await coordinator.get(`/v1/transactions?name=listed&${window}`)).body.items).toHaveLength(3);
    const half = await coordinator.get(`/v1/transactions?endedAfter=${new Date().toISOString()}`);
    expect(half.status).toBe(422);
  });
});
