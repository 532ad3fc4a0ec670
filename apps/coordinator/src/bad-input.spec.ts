import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MemoryBus } from '@holdfast/bus';
import { BRANCHES_MAX, INPUT_BYTES_MAX, REFERENCE_LENGTH_MAX, topics } from '@holdfast/protocol';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest } from './coordinator-under-test.suite.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start());
afterAll(() => coordinator.stop());

const branch = { participant: 'p', resource: 'p.reserve', input: { n: 1 } };
const begin = (body: unknown, headers = {}) => coordinator.post('/v1/transactions', body, headers);
const UNKNOWN_XID = '01a20000-0000-7000-8000-000000000000';

/** Everything that a user can get wrong: what he is answered, and that nothing was begun. */
describe('a request that is turned down begins nothing', () => {
  const many = (count: number) => Array.from({ length: count }, () => branch);
  const cases: [what: string, body: unknown, headers: object, status: number, code: string, path?: string][] =
    [
      ['malformed JSON', '{"name": ', {}, 400, 'MALFORMED_REQUEST'],
      ['no body at all', '', {}, 400, 'MALFORMED_REQUEST'],
      // These would reach into the prototypes of whoever copies them.
      [
        'an input that names a prototype',
        '{"name": "x", "branches": [{"participant": "p", "resource": "p.reserve", "input": {"__proto__": {"n": 1}}}]}',
        {},
        400,
        'MALFORMED_REQUEST',
      ],
      [
        'an input that names the prototype of a constructor',
        '{"name": "x", "branches": [{"participant": "p", "resource": "p.reserve", "input": {"constructor": {"prototype": {"n": 1}}}}]}',
        {},
        400,
        'MALFORMED_REQUEST',
      ],
      [
        'a form',
        'name=x',
        { 'content-type': 'application/x-www-form-urlencoded' },
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      ],
      ['no name', { branches: [branch] }, {}, 422, 'INVALID_REQUEST', '/name'],
      ['a name that is no name', { name: 'a b' }, {}, 422, 'INVALID_REQUEST', '/name'],
      ['SQL in a name', { name: `x'; drop table transactions; --` }, {}, 422, 'INVALID_REQUEST', '/name'],
      ['an empty list of branches', { name: 'x', branches: [] }, {}, 422, 'INVALID_REQUEST', '/branches'],
      [
        '33 branches',
        { name: 'x', branches: many(BRANCHES_MAX + 1) },
        {},
        422,
        'INVALID_REQUEST',
        '/branches',
      ],
      [
        'a branch without input',
        { name: 'x', branches: [{ ...branch, input: undefined }] },
        {},
        422,
        'INVALID_REQUEST',
        '/branches/0/input',
      ],
      [
        'a branchId twice',
        {
          name: 'x',
          branches: [
            { ...branch, branchId: 'a' },
            { ...branch, branchId: 'a' },
          ],
        },
        {},
        422,
        'INVALID_REQUEST',
        '/branches/1/branchId',
      ],
      [
        'an unknown resource',
        { name: 'x', branches: [{ ...branch, resource: 'p.unknown' }] },
        {},
        422,
        'UNKNOWN_RESOURCE',
        '/branches/0/resource',
      ],
      [
        'an unknown participant',
        { name: 'x', branches: [{ ...branch, participant: 'z' }] },
        {},
        422,
        'UNKNOWN_RESOURCE',
        '/branches/0/resource',
      ],
      [
        'an input that does not fit',
        { name: 'x', branches: [branch, { ...branch, input: { n: 'many' } }] },
        {},
        422,
        'INVALID_INPUT',
        '/branches/1/input/n',
      ],
      [
        '300 KiB of input',
        { name: 'x', branches: [{ ...branch, input: { n: 1, pad: 'x'.repeat(300 * 1024) } }] },
        {},
        422,
        'INPUT_TOO_LARGE',
        '/branches/0/input',
      ],
      [
        '2 MiB of request',
        { name: 'x', branches: many(1), pad: 'x'.repeat(2 * 1024 * 1024) },
        {},
        413,
        'REQUEST_TOO_LARGE',
      ],
      [
        'a NUL in the input',
        { name: 'x', branches: [{ ...branch, input: { n: 1, text: 'a\u0000b' } }] },
        {},
        422,
        'INVALID_REQUEST',
      ],
      [
        'a reference that is too long',
        { name: 'x', reference: 'r'.repeat(REFERENCE_LENGTH_MAX + 1) },
        {},
        422,
        'INVALID_REQUEST',
        '/reference',
      ],
      ['a timeout of nothing', { name: 'x', timeout: '0s' }, {}, 422, 'INVALID_REQUEST', '/timeout'],
      ['a timeout without a unit', { name: 'x', timeout: '30' }, {}, 422, 'INVALID_REQUEST', '/timeout'],
      [
        'an idempotency key with spaces',
        { name: 'x' },
        { 'idempotency-key': 'a b' },
        422,
        'INVALID_REQUEST',
        '/idempotency-key',
      ],
      [
        'an idempotency key of 256 characters',
        { name: 'x' },
        { 'idempotency-key': 'k'.repeat(256) },
        422,
        'INVALID_REQUEST',
        '/idempotency-key',
      ],
    ];

  test.each(cases.map((each) => [each[0], each] as const))(
    '%s',
    async (_, [, body, headers, status, code, path]) => {
      const before = await coordinator.sql('select count(*) from transactions');
      const answer = await begin(body, headers);
      expect(answer).toMatchObject({ status, body: { status, code } });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.body.detail.length).toBeGreaterThan(10);
      if (path) expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
      expect(await coordinator.sql('select count(*) from transactions')).toEqual(before);
    },
  );
});

describe('limits are taken at their edge', () => {
  test('32 branches, a reference of 128 characters, a key of 255', async () => {
    const branches = Array.from({ length: BRANCHES_MAX }, () => branch);
    const reference = 'r'.repeat(REFERENCE_LENGTH_MAX);
    const { status, body } = await begin(
      { name: 'x', reference, branches },
      { 'idempotency-key': 'k'.repeat(255) },
    );
    expect(status).toBe(201);
    expect(body.branches).toHaveLength(BRANCHES_MAX);
  });

  test('peer defect 18: an input of exactly 256 KiB goes through to Confirm', async () => {
    const frame = JSON.stringify({ n: 1, pad: '' }).length;
    const input = { n: 1, pad: 'x'.repeat(INPUT_BYTES_MAX - frame) };
    const answer = await coordinator.post('/v1/transactions?wait=ended', {
      name: 'x',
      branches: [{ ...branch, input }],
    });
    expect(answer.body.phase).toBe('confirmed');
    const over = { n: 1, pad: `${input.pad}x` };
    expect((await begin({ name: 'x', branches: [{ ...branch, input: over }] })).body.code).toBe(
      'INPUT_TOO_LARGE',
    );
  });
});

describe('what does not exist', () => {
  test.each([
    ['GET', `/v1/transactions/${UNKNOWN_XID}`, undefined, 404, 'TRANSACTION_NOT_FOUND'],
    ['GET', `/v1/transactions/${UNKNOWN_XID}?wait=ended`, undefined, 404, 'TRANSACTION_NOT_FOUND'],
    [
      'POST',
      `/v1/transactions/${UNKNOWN_XID}/actions/confirm`,
      { branchIds: [] },
      404,
      'TRANSACTION_NOT_FOUND',
    ],
    ['POST', `/v1/transactions/${UNKNOWN_XID}/actions/cancel`, {}, 404, 'TRANSACTION_NOT_FOUND'],
    [
      'POST',
      `/v1/transactions/${UNKNOWN_XID}/branches`,
      { ...branch, branchId: 'a' },
      404,
      'TRANSACTION_NOT_FOUND',
    ],
    [
      'POST',
      `/v1/transactions/${UNKNOWN_XID}/branches/a/actions/tried`,
      { answer: 1 },
      404,
      'TRANSACTION_NOT_FOUND',
    ],
    ['GET', `/v1/transactions/'%20or%201=1`, undefined, 422, 'INVALID_REQUEST'],
    ['GET', '/v1/nothing', undefined, 404, 'NOT_FOUND'],
    ['GET', '/v1/transactions?limit=0', undefined, 422, 'INVALID_REQUEST'],
    ['GET', '/v1/transactions?phase=lost', undefined, 422, 'INVALID_REQUEST'],
    ['GET', '/v1/transactions?cursor=!!', undefined, 422, 'INVALID_REQUEST'],
  ])('%s %s', async (method, path, body, status, code) => {
    expect(await coordinator.request(method, path, body)).toMatchObject({ status, body: { code } });
  });

  test('a report on a branch that is not registered, or that the coordinator tries', async () => {
    const { body } = await begin({ name: 'x' });
    const path = `/v1/transactions/${body.xid}/branches`;
    const unknown = await coordinator.post(`${path}/a/actions/tried`, { answer: 1 });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'BRANCH_NOT_FOUND' } });
    await coordinator.post(`${path}?wait=tried`, { ...branch, branchId: 'a' });
    const own = await coordinator.post(`${path}/a/actions/tried`, { answer: 1 });
    expect(own).toMatchObject({ status: 409, body: { code: 'REPORT_NOT_EXPECTED' } });
  });
});

test('a NUL in a branch that is registered is refused, and the transaction goes on without it', async () => {
  const { body } = await begin({ name: 'x' });
  const path = `/v1/transactions/${body.xid}`;
  const bad = { ...branch, branchId: 'a', input: { n: 1, text: 'a\u0000b' } };
  const refused = await coordinator.post(`${path}/branches`, bad);
  expect(refused).toMatchObject({ status: 422, body: { code: 'INVALID_REQUEST' } });
  const good = await coordinator.post(`${path}/branches?wait=tried`, { ...branch, branchId: 'a' });
  expect(good.body.state).toBe('tried');
});

test('garbage on the reply topic goes to the dead letters with a reason, and the rest goes on', async () => {
  const bus = new MemoryBus(coordinator.broker);
  const { reply } = topics();
  const headers = { ce_type: 'holdfast.reply' };
  await bus.publish([
    { topic: reply, key: 'k', headers: {}, value: 'no type' },
    { topic: reply, key: 'k', headers, value: '{' },
    { topic: reply, key: 'k', headers, value: JSON.stringify({ v: 1, xid: 'x', outcome: 'FAILURE' }) },
    { topic: reply, key: 'k', headers, value: Buffer.from([0xff, 0x00, 0xfe]) },
    { topic: reply, key: 'k', headers, value: null },
  ]);
  const answer = await coordinator.declare(['p'], '?wait=ended');
  expect(answer.body.phase).toBe('confirmed');
  await until(() => coordinator.broker.messages(`${reply}.dlq`).length >= 5, { what: 'five dead letters' });
  for (const letter of coordinator.broker.messages(`${reply}.dlq`)) {
    expect(Object.values(letter.headers).join(' ')).toMatch(/expected|no JSON|does not fit|no body/);
  }
  await bus.close();
});

test('peer defect 8: a reply whose text says FAILURE does not fail the branch', async () => {
  coordinator.participant('p').script = (command) =>
    command.operation === 'try'
      ? { outcome: 'tried', answer: { note: 'FAILURE SUCCESS ONGOING' } }
      : { outcome: command.operation === 'confirm' ? 'confirmed' : 'cancelled' };
  expect((await coordinator.declare(['p'], '?wait=ended')).body.phase).toBe('confirmed');
});
