import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { TEXT_LENGTH_MAX } from '@holdfast/protocol';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest, agreeable } from '../coordinator-under-test.suite.js';
import type { Answer, Script } from '../coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start());
afterAll(() => coordinator.stop());
beforeEach(() => {
  for (const participant of coordinator.participants.values()) participant.script = agreeable;
});

const p = () => coordinator.participant('p');
const REASON = { reason: 'the customer called' };

/** Answers all but one operation, which it leaves unanswered. */
const silentTo =
  (operation: string): Script =>
  (command) =>
    command.operation === operation ? undefined : agreeable(command);

const pathOf = (xid: string, rest = '') => `/v1/transactions/${xid}${rest}`;

function act(xid: string, action: string, body: object = REASON, headers = {}): Promise<Answer> {
  return coordinator.post(pathOf(xid, `/actions/${action}`), body, headers);
}

async function etagOf(xid: string): Promise<string> {
  return (await coordinator.get(pathOf(xid))).headers.get('etag') ?? '';
}

async function audited(xid: string): Promise<unknown[]> {
  return (await coordinator.get(`/v1/audit?xid=${xid}`)).body.items.toReversed();
}

async function untilPhase(xid: string, phase: string): Promise<void> {
  const stands = async () => (await coordinator.get(pathOf(xid))).body.phase === phase;
  await until(stands, { what: phase });
}

/** One whose Try p does not answer. */
async function trying(): Promise<string> {
  p().script = silentTo('try');
  const { xid } = (await coordinator.declare(['p'], '', { timeout: '10m' })).body;
  await until(() => p().sent(xid, 'try').length > 0, { what: 'the Try' });
  return xid;
}

/** One whose Confirm p does not answer. */
async function confirming(): Promise<string> {
  p().script = silentTo('confirm');
  const { xid } = (await coordinator.declare(['p'], '?wait=decided')).body;
  await until(() => p().sent(xid, 'confirm').length > 0, { what: 'the Confirm' });
  return xid;
}

describe('retry', () => {
  test('sends now what would be sent later, and does not change the ETag', async () => {
    const xid = await confirming();
    const etag = await etagOf(xid);
    const retried = await act(xid, 'retry');
    expect(retried).toMatchObject({ status: 200, body: { xid, phase: 'confirming' } });
    expect(retried.headers.get('etag')).toBe(etag);
    await until(() => p().sent(xid, 'confirm').length === 2, { what: 'the second Confirm' });
    expect(await etagOf(xid)).toBe(etag);
  });

  test('of a transaction that has ended is a conflict that says so', async () => {
    const { xid } = (await coordinator.declare(['p'], '?wait=ended')).body;
    await untilPhase(xid, 'confirmed');
    expect(await act(xid, 'retry')).toMatchObject({ status: 409, body: { code: 'TRANSACTION_ENDED' } });
    expect(await audited(xid)).toMatchObject([{ action: 'retry', result: 'TRANSACTION_ENDED' }]);
  });

  test('of nothing that exists is not found', async () => {
    const answer = await act('017f22e2-79b0-7cc3-98c4-dc0c0c07398f', 'retry');
    expect(answer).toMatchObject({ status: 404, body: { code: 'TRANSACTION_NOT_FOUND' } });
  });
});

describe('pause and resume', () => {
  test('hold a transaction and let it go on, each repeated without harm', async () => {
    const xid = await confirming();
    const etag = await etagOf(xid);
    const paused = await act(xid, 'pause');
    expect(paused.body).toMatchObject({ paused: { actor: 'anybody', ...REASON } });
    expect(paused.headers.get('etag')).not.toBe(etag);
    expect((await act(xid, 'pause', { reason: 'again' })).body).toEqual(paused.body);
    expect(await act(xid, 'retry')).toMatchObject({ status: 409, body: { code: 'TRANSACTION_PAUSED' } });
    p().script = agreeable;
    expect(await act(xid, 'resume')).toMatchObject({ status: 200, body: { paused: null } });
    await untilPhase(xid, 'confirmed');
    expect(await audited(xid)).toMatchObject([
      { action: 'pause', result: 'applied', actor: 'anybody', ...REASON },
      { action: 'pause', result: 'unchanged', reason: 'again' },
      { action: 'retry', result: 'TRANSACTION_PAUSED' },
      { action: 'resume', result: 'applied' },
    ]);
  });
});

describe('cancel', () => {
  test('I15: needs a reason and the state that is meant', async () => {
    const xid = await trying();
    expect(await act(xid, 'cancel')).toMatchObject({ status: 428, body: { code: 'PRECONDITION_REQUIRED' } });
    const any = await act(xid, 'cancel', REASON, { 'if-match': '*' });
    expect(any).toMatchObject({ status: 428, body: { code: 'PRECONDITION_REQUIRED' } });
    const headers = { 'if-match': await etagOf(xid) };
    expect(await act(xid, 'cancel', { reason: ' ' }, headers)).toMatchObject({ status: 422 });
    expect((await coordinator.get(pathOf(xid))).body.phase).toBe('trying');
    expect(await audited(xid)).toEqual([]);
    const cancelled = await act(xid, 'cancel', REASON, headers);
    const reason = { code: 'OPERATOR_CANCELLED', message: REASON.reason };
    expect(cancelled).toMatchObject({ status: 200, body: { reason } });
    const [record] = await audited(xid);
    expect(record).toMatchObject({ action: 'cancel', actor: 'anybody', ...REASON, result: 'applied' });
  });

  test('of a state that has changed since is turned down, and changes nothing', async () => {
    const xid = await trying();
    const headers = { 'if-match': await etagOf(xid) };
    await act(xid, 'pause');
    const stale = await act(xid, 'cancel', REASON, headers);
    expect(stale).toMatchObject({ status: 412, body: { code: 'PRECONDITION_FAILED' } });
    expect((await coordinator.get(pathOf(xid))).body.phase).toBe('trying');
    const now = { 'if-match': await etagOf(xid) };
    expect(await act(xid, 'cancel', REASON, now)).toMatchObject({ status: 200 });
  });

  test('repeated repeats its answer, with the ETag that it had', async () => {
    const xid = await trying();
    p().script = silentTo('cancel');
    const headers = { 'if-match': await etagOf(xid) };
    const first = await act(xid, 'cancel', REASON, headers);
    expect(await act(xid, 'cancel', REASON, headers)).toMatchObject({ status: 200, body: first.body });
    const results = (await audited(xid)) as { result: string }[];
    expect(results.map(({ result }) => result)).toEqual(['applied', 'unchanged']);
  });

  test('after the decision to confirm is a conflict that names it', async () => {
    const xid = await confirming();
    const conflict = await act(xid, 'cancel', REASON, { 'if-match': await etagOf(xid) });
    expect(conflict).toMatchObject({ status: 409, body: { code: 'ALREADY_CONFIRMED' } });
    expect(p().sent(xid, 'cancel')).toEqual([]);
  });

  test('peer defect 5: a reason over 1,024 characters is cut, and the cancel goes on', async () => {
    const xid = await trying();
    const reason = 'x'.repeat(5_000);
    await act(xid, 'cancel', { reason }, { 'if-match': await etagOf(xid) });
    await untilPhase(xid, 'cancelled');
    const { message } = (await coordinator.get(pathOf(xid))).body.reason;
    expect(message).toHaveLength(TEXT_LENGTH_MAX);
    expect(await audited(xid)).toMatchObject([{ reason: message }]);
  });

  test('peer defect 24: a transaction that is cancelled has ended as it should, and hangs nowhere', async () => {
    const xid = await trying();
    await act(xid, 'cancel', REASON, { 'if-match': await etagOf(xid) });
    await untilPhase(xid, 'cancelled');
    const body = (await coordinator.get(pathOf(xid))).body;
    expect(body).toMatchObject({ hung: null, contradicted: false, forced: false });
    const told = (await coordinator.get(pathOf(xid, '/explain'))).body;
    expect(told).toMatchObject({ code: null, runbook: null, branches: [] });
    expect(coordinator.endedEvents(xid)).toMatchObject([{ outcome: 'cancelled' }]);
    for (const filter of ['', '?hung=true']) {
      const { items } = (await coordinator.get(`/v1/transactions${filter}`)).body;
      expect(items.map((item) => item.xid)).not.toContain(xid);
    }
  });
});

describe('what is shown', () => {
  test('the history has every attempt with what came of it', async () => {
    let failures = 2;
    p().script = (command) =>
      command.operation === 'confirm' && failures-- > 0
        ? { outcome: 'failed', operation: 'confirm', code: 'DISK_FULL', message: 'no' }
        : agreeable(command);
    const { xid } = (await coordinator.declare(['p'], '?wait=ended&timeout=20s')).body;
    await untilPhase(xid, 'confirmed');
    const { body } = await coordinator.get(pathOf(xid, '/history'));
    const error = { code: 'DISK_FULL', message: 'no' };
    expect(body).toMatchObject({
      omitted: 0,
      items: [
        { branchId: '1', operation: 'try', attempt: 1, outcome: 'done' },
        { branchId: '1', operation: 'confirm', attempt: 1, outcome: 'failed', error },
        { branchId: '1', operation: 'confirm', attempt: 2, outcome: 'failed', error },
        { branchId: '1', operation: 'confirm', attempt: 3, outcome: 'done', error: null },
      ],
    });
  });

  test('explain says why it has not ended: branch, code, last error, next attempt and runbook', async () => {
    const error = { code: 'DISK_FULL', message: 'no space' };
    p().script = (command) =>
      command.operation === 'confirm'
        ? { outcome: 'failed', operation: 'confirm', ...error }
        : agreeable(command);
    const { xid } = (await coordinator.declare(['p'], '?wait=decided')).body;
    const read = async () => (await coordinator.get(pathOf(xid, '/explain'))).body;
    await until(async () => (await read()).code !== null, { what: 'something amiss' });
    expect(await read()).toMatchObject({
      ...{ xid, phase: 'confirming', code: 'BACKOFF', runbook: 'docs/runbooks/backoff.md' },
      branches: [
        {
          ...{ branchId: '1', participant: 'p', operation: 'confirm', code: 'BACKOFF', lastError: error },
          nextAt: expect.stringMatching(/Z$/),
        },
      ],
    });
    await act(xid, 'pause', { reason: 'a look at the disk' });
    const paused = await read();
    expect(paused).toMatchObject({ code: 'PAUSED', nextAt: null });
    expect(paused.sentence).toContain('a look at the disk');
  });

  test('I12: a contradiction is visible in the list, the transaction and its branch', async () => {
    p().script = (command) =>
      command.operation === 'confirm'
        ? { outcome: 'contradiction', operation: 'confirm', fence: 'cancelled' }
        : agreeable(command);
    const { xid } = (await coordinator.declare(['p'], '?wait=decided', { name: 'contradicted' })).body;
    const read = async () => (await coordinator.get(pathOf(xid))).body;
    await until(async () => (await read()).contradicted, { what: 'the contradiction' });
    expect(await read()).toMatchObject({
      contradicted: true,
      branches: [
        { operations: { confirm: { state: 'contradicted', lastError: { code: 'CONTRADICTION' } } } },
      ],
    });
    const listed = await coordinator.get('/v1/transactions?name=contradicted&error=CONTRADICTION');
    expect(listed.body.items).toMatchObject([{ xid, contradicted: true }]);
  });

  test('the audit comes in pages, by its filters', async () => {
    const xid = await confirming();
    for (const reason of ['a', 'b', 'c']) await act(xid, 'retry', { reason });
    const first = await coordinator.get(`/v1/audit?xid=${xid}&action=retry&limit=2`);
    expect(first.body.items).toMatchObject([{ reason: 'c' }, { reason: 'b' }]);
    const next = `/v1/audit?xid=${xid}&action=retry&limit=2&cursor=${first.body.next}`;
    expect((await coordinator.get(next)).body).toMatchObject({ items: [{ reason: 'a' }], next: null });
    const foreign = await coordinator.get(`/v1/audit?cursor=${first.body.next}`);
    expect(foreign).toMatchObject({ status: 422, body: { errors: [{ path: '/cursor' }] } });
    expect((await coordinator.get(`/v1/audit?xid=${xid}&actor=nobody`)).body.items).toEqual([]);
    const later = new Date(Date.now() + 60_000).toISOString();
    expect((await coordinator.get(`/v1/audit?xid=${xid}&after=${later}`)).body.items).toEqual([]);
    expect((await coordinator.get(`/v1/audit?xid=${xid}&before=${later}`)).body.items).toHaveLength(3);
  });

  test('peer defect 25: what is no identifier is refused before any query', async () => {
    for (const path of ["x' or '1'='1", 'x%27;drop table transactions']) {
      expect(await coordinator.get(pathOf(encodeURIComponent(path)))).toMatchObject({ status: 422 });
    }
    expect(await coordinator.get("/v1/audit?xid=1' or 1=1 --")).toMatchObject({ status: 422 });
  });
});
