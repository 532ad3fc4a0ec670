import { ActionRequest, CancelRequest, ForceResolveRequest } from './actions-api.js';
import { BatchRequest } from './batches-api.js';
import { BATCH_RATE_MAX, BATCH_XIDS_MAX, LIST_LIMIT_MAX, TEXT_LENGTH_MAX } from './limits.js';
import { StreamPosition } from './stream-api.js';
import { ListQuery } from './transaction-list-api.js';

const XID = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';

/** Where a value does not fit; empty if it does. */
function faults(schema: { safeParse(value: unknown): unknown }, value: unknown): string[] {
  const { error } = schema.safeParse(value) as { error?: { issues: { path: PropertyKey[] }[] } };
  return error?.issues.map(({ path }) => path.join('/')) ?? [];
}

describe('an action', () => {
  test('needs a reason, and peer defect 5: a long one is cut, not refused', () => {
    expect(faults(ActionRequest, {})).toEqual(['reason']);
    expect(faults(ActionRequest, { reason: ' \n' })).toEqual(['reason']);
    expect(ActionRequest.parse({ reason: 'x'.repeat(5_000) }).reason).toHaveLength(TEXT_LENGTH_MAX);
  });

  test("of cancelling is an initiator's, or with a reason an operator's, never both", () => {
    expect(CancelRequest.parse({})).toEqual({});
    expect(CancelRequest.parse({ reason: 'the customer called' })).toEqual({ reason: 'the customer called' });
    expect(CancelRequest.parse({ message: 'x'.repeat(5_000) }).message).toHaveLength(TEXT_LENGTH_MAX);
    expect(faults(CancelRequest, { code: 'too late' })).toEqual(['code']);
    expect(faults(CancelRequest, { code: 'TOO_LATE', reason: 'late' })).toEqual(['reason']);
    expect(faults(CancelRequest, { message: '', reason: 'late' })).toEqual(['reason']);
  });

  test('that forces a branch needs evidence as well', () => {
    const request = { branchId: 'pay', reason: 'paid by hand', evidence: ' ticket 7 ' };
    expect(ForceResolveRequest.parse(request)).toEqual({
      ...request,
      evidence: 'ticket 7',
      participantGone: false,
    });
    expect(faults(ForceResolveRequest, { ...request, evidence: ' ' })).toEqual(['evidence']);
  });
});

describe('a batch', () => {
  const request = { selection: { hung: true }, action: 'retry', reason: 'the disk is back' };

  test.each([
    { hung: true, olderThan: '10m', phase: 'confirming' },
    { xids: Array.from({ length: BATCH_XIDS_MAX }, () => XID) },
  ])('may select %#', (selection) => {
    expect(faults(BatchRequest, { ...request, selection })).toEqual([]);
  });

  test.each([
    [{ selection: {} }, ['selection']],
    [{ selection: { xids: [] } }, ['selection/xids']],
    [{ selection: { xids: [XID], hung: true } }, ['selection']],
    [{ selection: { phase: 'confirmed' } }, ['selection/phase']],
    [{ selection: { everything: true } }, ['selection']],
    [{ action: 'force-resolve' }, ['action']],
    [{ ratePerSecond: 0 }, ['ratePerSecond']],
    [{ ratePerSecond: BATCH_RATE_MAX + 1 }, ['ratePerSecond']],
    [{ reason: '' }, ['reason']],
  ])('may not be %j', (wrong, at) => {
    expect([...new Set(faults(BatchRequest, { ...request, ...wrong }))]).toEqual(at);
  });
});

test('a stream goes on at one offset a partition', () => {
  for (const position of ['0:0', '0:17,1:4', '11:9007199254740993']) {
    expect(faults(StreamPosition, position)).toEqual([]);
  }
  for (const position of ['', '17', '0:', '0:1,', '0:-1', '0:1;1:2']) {
    expect(faults(StreamPosition, position)).toEqual(['']);
  }
});

describe('a list', () => {
  const DAY = { endedAfter: '2026-01-01T00:00:00Z', endedBefore: '2026-01-02T00:00:00Z' };

  test.each([
    {},
    { phase: 'trying', name: 'checkout', olderThan: '10m' },
    { reference: 'A-1', limit: '1' },
    { limit: String(LIST_LIMIT_MAX), cursor: 'x'.repeat(512) },
    {
      hung: 'true',
      participant: 'stock',
      resource: 'stock.reserve',
      minAttempts: '3',
      error: 'HANDLER_FAILED',
    },
    DAY,
  ])('may be asked for by %j', (query) => {
    expect(faults(ListQuery, query)).toEqual([]);
  });

  test.each([
    [{ phase: 'hung' }, ['phase']],
    [{ limit: '0' }, ['limit']],
    [{ limit: String(LIST_LIMIT_MAX + 1) }, ['limit']],
    [{ limit: 'all' }, ['limit']],
    [{ cursor: 'x'.repeat(513) }, ['cursor']],
    [{ hung: 'yes' }, ['hung']],
    [{ minAttempts: '0' }, ['minAttempts']],
    [{ error: 'broken' }, ['error']],
    [{ participant: "x' or 1=1" }, ['participant']],
    [{ endedAfter: DAY.endedAfter }, ['endedBefore']],
    [{ endedBefore: DAY.endedBefore }, ['endedBefore']],
    [{ ...DAY, endedBefore: '2026-01-02T00:00:01Z' }, ['endedBefore']],
    [{ endedAfter: DAY.endedBefore, endedBefore: DAY.endedAfter }, ['endedBefore']],
    [{ ...DAY, endedAfter: '2026-01-01' }, ['endedAfter']],
  ])('may not be asked for by %j', (query, at) => {
    expect(faults(ListQuery, query)).toEqual(at);
  });
});
