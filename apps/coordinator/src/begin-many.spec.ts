import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { BEGINS_BYTES_MAX, BEGINS_MAX, INPUT_BYTES_MAX, REQUEST_BYTES_MAX } from '@holdfast/protocol';
import type { BeginLine } from '@holdfast/protocol';
import { until } from '@holdfast/testing';
import { DataSource } from 'typeorm';
import { CoordinatorUnderTest, agreeable } from './coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start());
afterAll(() => coordinator.stop());
beforeEach(() => {
  for (const participant of coordinator.participants.values()) participant.script = agreeable;
});

const branch = (name = 'p', input: object = { n: 1 }) => ({
  participant: name,
  resource: `${name}.reserve`,
  input,
});
const good = (more: object = {}) => ({ request: { name: 'many', branches: [branch()] }, ...more });
const silent = () => {
  coordinator.participant('q').script = (command) =>
    command.operation === 'try' ? undefined : agreeable(command);
};

/** Posts the begins; resolves as soon as the head of the answer is there. */
function post(body: unknown, at = 0, signal?: AbortSignal): Promise<Response> {
  return fetch(`${coordinator.services[at]?.service.url}/v1/transactions/actions/begin`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal && { signal }),
  });
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as BeginLine);

async function beginMany(...begins: unknown[]): Promise<BeginLine[]> {
  const response = await post({ begins });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  return linesOf(await response.text());
}

const xidOf = (line: BeginLine | undefined) => line && 'xid' in line.body && line.body.xid;
const byIndex = (lines: readonly BeginLine[]) => [...lines].sort((a, b) => a.index - b.index);
const countRows = async () =>
  Number((await coordinator.sql<{ count: string }>('select count(*) from transactions'))[0]?.count);

describe('begins that come together', () => {
  test('are each answered as if they came alone, in the order in which that is known', async () => {
    silent();
    const slow = { wait: 'decided', request: { name: 'many', timeout: '500ms', branches: [branch('q')] } };
    const lines = await beginMany(slow, good({ wait: 'ended' }), good());
    expect(byIndex(lines)).toMatchObject([
      { status: 201, replayed: false, body: { reason: { code: 'TIMEOUT' } } },
      { status: 201, replayed: false, body: { phase: 'confirmed' } },
      { status: 201, replayed: false, body: { phase: 'trying' } },
    ]);
    expect(lines.map(({ index }) => index)).toEqual([2, 1, 0]);
  });

  test('I7: are durable when the head of the answer arrives, whatever is still waited for', async () => {
    silent();
    const request = { name: 'durable-head', branches: [branch('q')] };
    const response = await post({ begins: [{ wait: 'decided', timeout: '60s', request }, good()] });
    const [row] = await coordinator.sql<{ xid: string }>(
      `select xid from transactions where name = 'durable-head'`,
    );
    await coordinator.post(`/v1/transactions/${row?.xid}/actions/cancel`, {});
    expect(byIndex(linesOf(await response.text()))).toMatchObject([
      { body: { xid: row?.xid, reason: { code: 'CANCEL_REQUESTED' } } },
      { status: 201 },
    ]);
  });

  test('I7: no head arrives while one of them is not durable', async () => {
    const rival = await new DataSource({ type: 'postgres', url: coordinator.databaseUrl }).initialize();
    let head: unknown;
    let posted: Promise<unknown> | undefined;
    await rival.transaction(async (held) => {
      await held.query('lock table idempotency_keys in share mode');
      posted = post({ begins: [good()] }).then((response) => (head = response.status));
      const waiting = `select from pg_locks where not granted and relation = 'idempotency_keys'::regclass`;
      await until(async () => (await coordinator.sql(waiting)).length > 0, {
        what: 'the begin to be held up',
      });
      // Whatever had left before this answer would have arrived.
      await coordinator.request('GET', '/v1/transactions');
      expect(head).toBeUndefined();
    });
    await posted;
    expect(head).toBe(200);
    await rival.destroy();
  });

  test('are answered as they stand when their time is over', async () => {
    silent();
    const [line] = await beginMany({
      ...{ wait: 'decided', timeout: '50ms' },
      request: { name: 'many', branches: [branch('q')] },
    });
    expect(line).toMatchObject({ status: 201, body: { phase: 'trying' } });
  });

  test('with one key are one transaction, alone and together', async () => {
    const item = good({ idempotencyKey: 'many-1', wait: 'decided' });
    const lines = byIndex(await beginMany(item, item, item));
    expect(new Set(lines.map(xidOf)).size).toBe(1);
    expect(lines.map(({ status, replayed }) => [status, replayed])).toEqual([
      [201, false],
      [200, true],
      [200, true],
    ]);
    const alone = await coordinator.post('/v1/transactions', item.request, { 'idempotency-key': 'many-1' });
    expect(alone).toMatchObject({ status: 200, body: { xid: xidOf(lines[0]) } });
  });

  test('go on when the client hangs up', async () => {
    silent();
    const hangUp = new AbortController();
    const request = { name: 'hung-up', timeout: '300ms', branches: [branch('q')] };
    const response = await post({ begins: [{ wait: 'ended', request }, good()] }, 0, hangUp.signal);
    hangUp.abort();
    await expect(response.text()).rejects.toThrow('aborted');
    await until(
      async () =>
        (await coordinator.sql(`select 1 from transactions where name = 'hung-up' and phase = 'cancelled'`))
          .length === 1,
      { what: 'the end of what was begun' },
    );
    expect(await beginMany(good({ wait: 'ended' }))).toMatchObject([{ body: { phase: 'confirmed' } }]);
  });

  test('are let go by a coordinator that stops', async () => {
    silent();
    const service = await coordinator.startCoordinator();
    const request = { name: 'many', branches: [branch('q')] };
    const response = await post({ begins: [{ wait: 'decided', timeout: '60s', request }] }, 1);
    coordinator.services.pop();
    const [text] = await Promise.all([response.text(), service.close()]);
    expect(linesOf(text)).toMatchObject([{ status: 201, body: { phase: 'trying' } }]);
  });
});

/** A begin whose request has exactly so many bytes. */
function sized(bytes: number) {
  const pads = [1, 2, 3, 4].map(() => 'x'.repeat(INPUT_BYTES_MAX - 100));
  const withPads = (last: string) => ({
    name: 'many',
    branches: [...pads, last].map((pad) => branch('p', { n: 1, pad })),
  });
  return { request: withPads('x'.repeat(bytes - JSON.stringify(withPads('')).length)) };
}

describe('an item at fault is turned down alone', () => {
  const faults: [what: string, item: unknown, status: number, code: string, path?: string][] = [
    ['no object', 7, 422, 'INVALID_REQUEST', ''],
    ['no request', {}, 422, 'INVALID_REQUEST', ''],
    ['no name', { request: { branches: [branch()] } }, 422, 'INVALID_REQUEST', '/name'],
    ['an unknown wait', good({ wait: 'tried' }), 422, 'INVALID_REQUEST', '/wait'],
    ['a long wait', good({ wait: 'ended', timeout: '61s' }), 422, 'INVALID_REQUEST', '/timeout'],
    ['a key with spaces', good({ idempotencyKey: 'a b' }), 422, 'INVALID_REQUEST', '/idempotencyKey'],
    ['an unknown resource', { request: { name: 'x', branches: [branch('z')] } }, 422, 'UNKNOWN_RESOURCE'],
    [
      'an input that does not fit',
      { request: { name: 'x', branches: [branch(), branch('p', { n: 'many' })] } },
      ...([422, 'INVALID_INPUT', '/branches/1/input/n'] as const),
    ],
    [
      'a NUL in the input',
      { request: { name: 'x', branches: [branch('p', { n: 1, text: 'a\u0000b' })] } },
      ...([422, 'INVALID_REQUEST'] as const),
    ],
    ['a byte more than 1 MiB', sized(REQUEST_BYTES_MAX + 1), 413, 'REQUEST_TOO_LARGE'],
  ];

  test.each(faults.map((each) => [each[0], each] as const))('%s', async (_, [, item, status, code, path]) => {
    const before = await countRows();
    const lines = byIndex(await beginMany(good(), item, good()));
    expect(lines.map((line) => line.status)).toEqual([201, status, 201]);
    const { body } = lines[1] as BeginLine;
    expect(body).toMatchObject({ status, code });
    if (path !== undefined) expect(body).toMatchObject({ errors: [expect.objectContaining({ path })] });
    expect(await countRows()).toBe(before + 2);
  });

  test('a key that was used with another body', async () => {
    const one = good({ idempotencyKey: 'many-2' });
    const other = { idempotencyKey: 'many-2', request: { name: 'other', branches: [branch()] } };
    const lines = byIndex(await beginMany(one, other, good()));
    expect(lines.map(({ status }) => status)).toEqual([201, 409, 201]);
  });

  test('and one of exactly 1 MiB is begun', async () => {
    expect(await beginMany(sized(REQUEST_BYTES_MAX))).toMatchObject([{ status: 201 }]);
  });
});

describe('a request that is turned down as a whole begins nothing', () => {
  const many = (count: number) => Array.from({ length: count }, () => good());
  const padded = (bytes: number) => {
    const body = { begins: [good()], pad: '' };
    return JSON.stringify({ ...body, pad: 'x'.repeat(bytes - JSON.stringify(body).length) });
  };

  test.each<[string, unknown, number, string]>([
    ['malformed JSON', '{"begins": [', 400, 'MALFORMED_REQUEST'],
    ['no begins', {}, 422, 'INVALID_REQUEST'],
    ['an empty list', { begins: [] }, 422, 'INVALID_REQUEST'],
    ['257 begins', { begins: many(BEGINS_MAX + 1) }, 422, 'INVALID_REQUEST'],
    ['a byte more than 4 MiB', padded(BEGINS_BYTES_MAX + 1), 413, 'REQUEST_TOO_LARGE'],
  ])('%s', async (_, body, status, code) => {
    const before = await countRows();
    const response = await post(body);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ status, code });
    expect(await countRows()).toBe(before);
  });

  test('256 begins are taken, and so are 4 MiB', async () => {
    const lines = await beginMany(...many(BEGINS_MAX));
    expect(lines.map(({ status }) => status)).toEqual(Array(BEGINS_MAX).fill(201));
    expect((await post(padded(BEGINS_BYTES_MAX))).status).toBe(200);
  });
});

test('a repeat is answered by its key, though nobody announces its resource any more', async () => {
  const key = { 'idempotency-key': 'forgotten-resource' };
  const { body } = await coordinator.declare(['p'], '?wait=decided', {}, key);
  const announced = await coordinator.sql('delete from resources returning *');
  expect(announced).not.toEqual([]);
  const service = await coordinator.startCoordinator();
  const at = coordinator.services.length - 1;
  const request = { name: 'test', branches: [{ ...branch(), input: { n: 0 } }] };
  const begin = (given: object, headers = {}) => coordinator.post('/v1/transactions', given, headers, at);
  expect(await begin(request)).toMatchObject({ status: 422, body: { code: 'UNKNOWN_RESOURCE' } });
  expect(await begin(request, key)).toMatchObject({ status: 200, body: { xid: body.xid } });
  const other = await begin({ ...request, name: 'other' }, key);
  expect(other).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  coordinator.services.pop();
  await service.close();
});
