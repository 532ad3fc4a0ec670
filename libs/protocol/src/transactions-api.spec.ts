import {
  BEGINS_MAX,
  BRANCHES_MAX,
  IDEMPOTENCY_KEY_LENGTH_MAX,
  TIMEOUT_MS_MAX,
  TIMEOUT_MS_MIN,
  WAIT_MS_MAX,
} from './limits.js';
import {
  BeginManyRequest,
  BeginRequest,
  ConfirmRequest,
  IdempotencyKey,
  RefusedReport,
  RegisterBranchRequest,
  TransactionSummary,
  TriedReport,
  WaitQuery,
  WaitTriedQuery,
} from './transactions-api.js';

const BRANCH = { participant: 'inventory', resource: 'inventory.reserve', input: { quantity: 1 } };
const branches = (count: number) => Array.from({ length: count }, () => BRANCH);

/** Where a value does not fit; empty if it does. */
function faults(schema: { safeParse(value: unknown): unknown }, value: unknown): string[] {
  const { error } = schema.safeParse(value) as { error?: { issues: { path: PropertyKey[] }[] } };
  return error?.issues.map(({ path }) => path.join('/')) ?? [];
}

describe('a begin', () => {
  test.each([
    { name: 'checkout' },
    { name: 'checkout', reference: 'A-1', timeout: `${TIMEOUT_MS_MIN}ms` },
    { name: 'checkout', timeout: `${TIMEOUT_MS_MAX / 3_600_000}h`, branches: branches(BRANCHES_MAX) },
    { name: 'checkout', branches: [{ ...BRANCH, branchId: 'stock', input: null }] },
  ])('may be %j', (request) => {
    expect(BeginRequest.parse(request)).toEqual(request);
  });

  test.each([
    [{}, ['name']],
    [{ name: 'two words' }, ['name']],
    [{ name: 'checkout', timeout: `${TIMEOUT_MS_MIN - 1}ms` }, ['timeout']],
    [{ name: 'checkout', timeout: `${TIMEOUT_MS_MAX + 1}ms` }, ['timeout']],
    [{ name: 'checkout', timeout: 30 }, ['timeout']],
    [{ name: 'checkout', branches: [] }, ['branches']],
    [{ name: 'checkout', branches: branches(BRANCHES_MAX + 1) }, ['branches']],
    [{ name: 'checkout', branches: [{ ...BRANCH, input: undefined }] }, ['branches/0/input']],
    [{ name: 'checkout', branches: [BRANCH, { ...BRANCH, branchId: '' }] }, ['branches/1/branchId']],
    ['checkout', ['']],
  ])('may not be %j', (request, at) => {
    expect([...new Set(faults(BeginRequest, request))]).toEqual(at);
  });
});

describe('several begins', () => {
  const item = { idempotencyKey: 'k', wait: 'ended', timeout: '1s', request: { name: 'checkout' } };

  test.each([1, BEGINS_MAX])('may be %d', (count) => {
    const begins = Array(count).fill(item);
    expect(BeginManyRequest.parse({ begins })).toEqual({ begins });
  });

  test.each([0, BEGINS_MAX + 1])('may not be %d', (count) => {
    expect(faults(BeginManyRequest, { begins: Array(count).fill(item) })).toEqual(['begins']);
  });

  test('are read though one of them does not fit, which is read as what is wrong with it', () => {
    const { begins } = BeginManyRequest.parse({ begins: [item, { ...item, wait: 'tried' }, item] });
    expect([begins[0], begins[2]]).toEqual([item, item]);
    expect(begins[1]).toMatchObject({ issues: [{ path: ['wait'] }] });
  });
});

describe('an idempotency key', () => {
  test.each(['k', '!"~', 'x'.repeat(IDEMPOTENCY_KEY_LENGTH_MAX)])('may be %j', (key) => {
    expect(IdempotencyKey.safeParse(key).success).toBe(true);
  });

  test.each(['', ' ', 'a b', 'a\n', 'ä', 'x'.repeat(IDEMPOTENCY_KEY_LENGTH_MAX + 1)])(
    'may not be %j',
    (key) => {
      expect(IdempotencyKey.safeParse(key).success).toBe(false);
    },
  );
});

describe('a wait', () => {
  test.each([{}, { wait: 'decided' }, { wait: 'ended', timeout: '0ms' }, { timeout: `${WAIT_MS_MAX}ms` }])(
    'for an outcome may be %j',
    (query) => {
      expect(WaitQuery.parse(query)).toEqual(query);
    },
  );

  test.each([{ wait: 'tried' }, { wait: '' }, { timeout: `${WAIT_MS_MAX + 1}ms` }, { timeout: '5' }])(
    'for an outcome may not be %j',
    (query) => {
      expect(WaitQuery.safeParse(query).success).toBe(false);
    },
  );

  test('for a Try is another', () => {
    expect(WaitTriedQuery.safeParse({ wait: 'tried' }).success).toBe(true);
    expect(WaitTriedQuery.safeParse({ wait: 'decided' }).success).toBe(false);
  });
});

test('a branch is tried by the coordinator unless somebody says otherwise', () => {
  const request = { ...BRANCH, branchId: 'stock' };
  expect(RegisterBranchRequest.parse(request)).toEqual({ ...request, tryBy: 'coordinator' });
  expect(faults(RegisterBranchRequest, BRANCH)).toEqual(['branchId']);
  expect(faults(RegisterBranchRequest, { ...request, tryBy: 'me' })).toEqual(['tryBy']);
});

test('a confirm names its branches, as many as there can be', () => {
  const ids = Array.from({ length: BRANCHES_MAX + 1 }, (_, i) => `b-${i}`);
  expect(faults(ConfirmRequest, { branchIds: ids.slice(1) })).toEqual([]);
  expect(faults(ConfirmRequest, { branchIds: [] })).toEqual([]);
  expect(faults(ConfirmRequest, { branchIds: ids })).toEqual(['branchIds']);
  expect(faults(ConfirmRequest, {})).toEqual(['branchIds']);
});

test('a report holds its answer, or its code and message', () => {
  expect(faults(TriedReport, { answer: null })).toEqual([]);
  expect(faults(TriedReport, {})).toEqual(['answer']);
  expect(faults(RefusedReport, { code: 'OUT_OF_STOCK', message: '' })).toEqual([]);
  expect(faults(RefusedReport, { code: '', message: '' })).toEqual(['code']);
  expect(faults(RefusedReport, { code: 'OUT_OF_STOCK' })).toEqual(['message']);
});

test('a summary tells the phase, the reason and every branch', () => {
  const summary = {
    xid: '017f22e2-79b0-7cc3-98c4-dc0c0c07398f',
    name: 'checkout',
    reference: null,
    phase: 'cancelling',
    reason: { code: 'OUT_OF_STOCK', message: 'no 85123A', branchId: 'stock' },
    beganAt: '2026-01-01T00:00:00.000Z',
    deadlineAt: '2026-01-01T00:00:30.000Z',
    confirmNotBefore: null,
    coolingSince: null,
    decidedAt: '2026-01-01T00:00:00.100Z',
    endedAt: null,
    paused: null,
    hung: { since: '2026-01-01T00:10:00.000Z', code: 'HANDLER_FAILING' },
    contradicted: false,
    forced: false,
    branches: [
      {
        branchId: 'stock',
        participant: 'inventory',
        resource: 'inventory.reserve',
        state: 'cancelling',
        answer: null,
        refusal: { code: 'OUT_OF_STOCK', message: 'no 85123A' },
      },
    ],
  };
  expect(TransactionSummary.parse(summary)).toEqual(summary);
  expect(faults(TransactionSummary, { ...summary, phase: 'hung' })).toEqual(['phase']);
  expect(faults(TransactionSummary, { ...summary, decidedAt: 'yesterday' })).toEqual(['decidedAt']);
});
