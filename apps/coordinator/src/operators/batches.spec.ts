import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { newXid, until } from '@holdfast/testing';
import { CoordinatorUnderTest, agreeable } from '../coordinator-under-test.suite.js';
import type { Answer } from '../coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(async () => {
  await coordinator.start();
  await coordinator.startCoordinator();
});
afterAll(() => coordinator.stop());

const p = () => coordinator.participant('p');
let name: string;
let names = 0;
beforeEach(() => {
  name = `batch-${(names += 1)}`;
  p().script = (command) => (command.operation === 'try' ? undefined : agreeable(command));
});

/** Transactions of this test that p does not answer. */
async function trying(count: number): Promise<string[]> {
  const begun = Array.from({ length: count }, () => coordinator.declare(['p'], '', { name, timeout: '10m' }));
  return (await Promise.all(begun)).map(({ body }) => body.xid);
}

function make(more: object, at = 0): Promise<Answer> {
  const request = { selection: { name }, action: 'pause', ratePerSecond: 1_000, reason: 'a drill', ...more };
  return coordinator.post('/v1/batches', request, {}, at);
}

async function ended(batchId: string): Promise<Answer['body']> {
  const read = async () => (await coordinator.get(`/v1/batches/${batchId}`, 1)).body;
  return until(async () => ((await read()).state === 'running' ? undefined : read()), {
    what: 'the end',
    timeoutMs: 20_000,
  });
}

async function paused(): Promise<number> {
  const rows = await coordinator.sql('select from transactions where name = $1 and paused_at is not null', [
    name,
  ]);
  return rows.length;
}

test('a dry run tells what would be done, and does nothing', async () => {
  const xids = await trying(3);
  const preview = await make({ dryRun: true });
  expect(preview).toMatchObject({ status: 200, body: { dryRun: true, total: 3, action: 'pause' } });
  expect([...(preview.body as unknown as { xids: string[] }).xids].sort()).toEqual([...xids].sort());
  expect(await paused()).toBe(0);
  expect(await coordinator.sql('select from batches where reason = $1', [name])).toEqual([]);
});

test('I15: a batch does its action to each of its items, and the audit says so of each', async () => {
  const xids = await trying(5);
  const made = await make({});
  expect(made).toMatchObject({ status: 201, body: { state: 'running', total: 5, createdBy: 'anybody' } });
  const { batchId } = made.body;
  expect(await ended(batchId)).toMatchObject({
    state: 'done',
    counts: { pending: 0, done: 5, skipped: 0, failed: 0 },
  });
  expect(await paused()).toBe(5);
  const audit = (await coordinator.get(`/v1/audit?batchId=${batchId}`)).body.items as unknown as {
    action: string;
    xid: string | null;
  }[];
  expect(audit.at(-1)).toMatchObject({ action: 'start-batch', reason: 'a drill', xid: null });
  expect(
    audit
      .slice(0, -1)
      .map(({ xid }) => xid)
      .sort(),
  ).toEqual([...xids].sort());
  const page = await coordinator.get(`/v1/batches/${batchId}/items?state=done&limit=3`);
  expect(page.body.items).toHaveLength(3);
  const rest = await coordinator.get(
    `/v1/batches/${batchId}/items?state=done&limit=3&cursor=${page.body.next}`,
  );
  expect(rest.body).toMatchObject({ items: [{ state: 'done' }, { state: 'done' }], next: null });
});

test('peer defect 27: it acts on what was selected when it was made, and skips what has changed since', async () => {
  const selected = (await trying(3)).sort();
  const changed = selected.pop() as string;
  // One a second, in the order of their xids: what changes before its turn is skipped.
  const { batchId } = (await make({ action: 'cancel', ratePerSecond: 1 })).body;
  const { body } = await coordinator.post(`/v1/transactions/${changed}/actions/pause`, { reason: 'mine' });
  expect(body.phase).toBe('trying');
  const [later = ''] = await trying(1);
  const { counts } = await ended(batchId);
  expect(counts).toEqual({ pending: 0, done: 2, skipped: 1, failed: 0 });
  const { items } = (await coordinator.get(`/v1/batches/${batchId}/items?state=skipped`)).body;
  expect(items).toMatchObject([{ xid: changed, detail: expect.stringContaining('PRECONDITION_FAILED') }]);
  for (const xid of selected) {
    await until(async () => (await coordinator.get(`/v1/transactions/${xid}`)).body.phase === 'cancelled', {
      what: 'the cancel',
    });
  }
  for (const xid of [changed, later])
    expect((await coordinator.get(`/v1/transactions/${xid}`)).body.phase).toBe('trying');
});

test('starts and stops are counted, and dry runs are not', async () => {
  await trying(2);
  const counted = async () =>
    Promise.all(
      ['start-batch', 'stop-batch'].map((action) =>
        coordinator.metric(`holdfast_operator_actions_total{action="${action}"}`),
      ),
    );
  const [starts = 0, stops = 0] = await counted();
  await make({ dryRun: true });
  const { batchId } = (await make({ ratePerSecond: 1 })).body;
  await coordinator.post(`/v1/batches/${batchId}/actions/stop`, { reason: 'enough' });
  expect(await counted()).toEqual([starts + 1, stops + 1]);
});

test('what is stopped begins no further item, and a repeated stop repeats its answer', async () => {
  await trying(4);
  const { batchId } = (await make({ ratePerSecond: 1 })).body;
  const path = `/v1/batches/${batchId}/actions/stop`;
  const stopped = await coordinator.post(path, { reason: 'enough' });
  expect(stopped).toMatchObject({ status: 200, body: { state: 'stopped' } });
  const { counts, endedAt } = stopped.body;
  expect(await coordinator.post(path, { reason: 'enough' })).toMatchObject({
    body: { state: 'stopped', endedAt },
  });
  expect(counts.pending).toBeGreaterThan(1);
  const done = (await make({})).body.batchId;
  await ended(done);
  expect(await coordinator.post(`/v1/batches/${done}/actions/stop`, { reason: 'late' })).toMatchObject({
    status: 409,
    body: { code: 'BATCH_ENDED' },
  });
});

test('a batch survives the death of its coordinator', async () => {
  await trying(4);
  const dying = coordinator.services.length;
  await coordinator.startCoordinator();
  const { batchId } = (await make({ ratePerSecond: 1 }, dying)).body;
  await coordinator.crash(dying);
  expect(await ended(batchId)).toMatchObject({ state: 'done', counts: { done: 4 } });
}, 30_000);

test('what is named and does not exist, or is too much, makes no batch', async () => {
  const unknown = await make({ selection: { xids: [newXid()] } });
  expect(unknown).toMatchObject({ status: 404, body: { code: 'TRANSACTION_NOT_FOUND' } });
  expect(await make({ selection: {} })).toMatchObject({ status: 422 });
  expect(await coordinator.get(`/v1/batches/${newXid()}`)).toMatchObject({
    status: 404,
    body: { code: 'BATCH_NOT_FOUND' },
  });
});
