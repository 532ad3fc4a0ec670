import { UndecodableMessage, decode, encode, encodeEvent } from './envelope.js';
import type { MessageOf, MessageType } from './envelope.js';
import { FENCE_BATCH_MAX, RESOURCES_MAX, TEXT_LENGTH_MAX } from './limits.js';

const XID = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';
const COMMAND = {
  v: 1,
  xid: XID,
  branchId: 'stock',
  resource: 'inventory.reserve',
  attempt: 1,
  issuedAt: 1_700_000_000_000,
  replyPartition: 0,
} as const;
const REPLY = { v: 1, xid: XID, branchId: 'stock', attempt: 1 } as const;
const FAILED = { ...REPLY, outcome: 'failed', operation: 'try', code: 'HANDLER_TIMEOUT' } as const;

/** As many rows of a fence as one message may name. */
const KEYS = Array.from({ length: FENCE_BATCH_MAX }, (_, i) => ({ xid: XID, branchId: `b-${i}` }));
const FROZEN = { resource: 'inventory.reserve', fence: 'tried' } as const;

const MESSAGES: { [T in MessageType]: readonly MessageOf<T>[] } = {
  'holdfast.command': [
    { ...COMMAND, operation: 'try', deadlineAt: 1_700_000_030_000, input: { sku: '85123A' } },
    { ...COMMAND, operation: 'try', deadlineAt: 0, input: null },
    { ...COMMAND, operation: 'confirm' },
    { ...COMMAND, operation: 'cancel' },
    { ...COMMAND, operation: 'force', decision: 'confirm', evidence: 'Ticket 4711' },
  ],
  'holdfast.reply': [
    { ...REPLY, outcome: 'tried', answer: { reservationId: 'r-1' } },
    { ...REPLY, outcome: 'refused', code: 'OUT_OF_STOCK', message: 'FAILURE is only a word here' },
    { ...REPLY, outcome: 'confirmed' },
    { ...REPLY, outcome: 'cancelled' },
    { ...FAILED, message: '' },
    { ...REPLY, outcome: 'contradiction', operation: 'confirm', fence: 'cancelled' },
    { ...REPLY, outcome: 'contradiction', operation: 'confirm', fence: null },
    { ...REPLY, outcome: 'forced', fence: 'tried', settled: true },
    { ...REPLY, outcome: 'forced', fence: null, settled: false },
  ],
  'holdfast.announcement': [
    {
      v: 1,
      participant: 'inventory',
      sdkVersion: '0.1.0',
      resources: Array.from({ length: RESOURCES_MAX }, (_, i) => ({
        resource: `inventory.reserve-${i}`,
        inputSchema: { type: 'object' },
        schemaHash: '0'.repeat(64),
      })),
    },
  ],
  'holdfast.ended': [
    {
      v: 1,
      type: 'ended',
      xid: XID,
      name: 'checkout',
      reference: null,
      outcome: 'cancelled',
      reason: { code: 'TIMEOUT', message: '', branchId: null },
      beganAt: 1,
      decidedAt: 2,
      endedAt: 3,
    },
  ],
  'holdfast.notice': [
    {
      ...{ v: 1, type: 'hung', xid: XID, name: 'checkout', reference: '536365', at: 1 },
      ...{ branchId: null, code: 'NO_REPLY', message: 'Retries go on.' },
    },
    {
      ...{ v: 1, type: 'paused', xid: XID, name: 'checkout', reference: null, at: 1 },
      ...{ branchId: 'stock', code: null, message: '' },
    },
  ],
  'holdfast.inquiry': [
    { v: 1, participant: 'inventory', askedAt: 1, branches: KEYS.map((key) => ({ ...key, ...FROZEN })) },
  ],
  'holdfast.forgotten': [{ v: 1, branches: KEYS }],
  'holdfast.cleanup-question': [{ v: 1, participant: 'inventory', endedForMs: 0, branches: KEYS }],
  'holdfast.cleanup-answer': [{ v: 1, branches: KEYS }],
};
const TYPES = Object.keys(MESSAGES) as MessageType[];
const CASES = TYPES.flatMap((type) => MESSAGES[type].map((body) => [type, body] as const));

test.each(CASES)('%s is read as it was written: %j', (type, body) => {
  const { key, headers, value } = encode(type, body, XID);
  expect(key).toBe(XID);
  expect(headers).toEqual({ ce_type: type });
  expect(decode(TYPES, headers, Buffer.from(value))).toEqual({ type, body });
});

test.each(CASES)('%s is a CloudEvent for whoever wants one: %j', (type, body) => {
  const { key, headers, value } = encodeEvent(type, body, XID, 'spec', 'id-1');
  expect(key).toBe(XID);
  expect(headers).toEqual({
    ce_specversion: '1.0',
    ce_type: type,
    ce_source: 'spec',
    ce_id: 'id-1',
    'content-type': 'application/json',
  });
  expect(decode(TYPES, headers, Buffer.from(value))).toEqual({ type, body });
});

const reading = (body: unknown, type: MessageType = 'holdfast.reply') => {
  const value = typeof body === 'string' ? body : JSON.stringify(body);
  return () => decode([type], { ce_type: type }, value);
};

describe('what can not be decoded says why', () => {
  test.each([
    ['no type', {}, 'header ce_type is undefined, expected holdfast.reply'],
    ['an unknown type', { ce_type: 'x' }, 'header ce_type is "x", expected holdfast.reply'],
    ['the name of a property of all objects', { ce_type: 'constructor' }, 'header ce_type is "constructor"'],
    ['a type that is not expected here', { ce_type: 'holdfast.ended' }, 'header ce_type is "holdfast.ended"'],
  ])('%s', (_what, headers, reason) => {
    const read = () => decode(['holdfast.reply'], headers, '{}');
    expect(read).toThrow(UndecodableMessage);
    expect(read).toThrow(reason);
  });

  test('no body', () => {
    expect(() => decode(['holdfast.reply'], { ce_type: 'holdfast.reply' }, null)).toThrow(
      'the message has no body',
    );
  });

  test.each(['', '{', 'undefined', '\u0000'])('no JSON: %j', (text) => {
    expect(reading(text)).toThrow(UndecodableMessage);
    expect(reading(text)).toThrow('the body is no JSON');
  });

  test.each([
    ['no object', 17, 'expected object'],
    ['nothing', null, 'expected object'],
    ['another version', { ...REPLY, v: 2, outcome: 'confirmed' }, 'at v'],
    ['an unknown outcome', { ...REPLY, outcome: 'done' }, 'at outcome'],
    ['a bad xid', { ...REPLY, xid: 'x', outcome: 'confirmed' }, 'an xid is a UUID of version 7'],
    ['an attempt before the first', { ...REPLY, attempt: 0, outcome: 'confirmed' }, 'at attempt'],
    ['a yes without its answer', { ...REPLY, outcome: 'tried' }, 'required'],
    ['a refusal without its code', { ...REPLY, outcome: 'refused', message: '' }, 'at code'],
    ['a failure of nothing', { ...FAILED, operation: 'undo', message: '' }, 'at operation'],
  ])('%s', (_what, body, reason) => {
    expect(reading(body)).toThrow(UndecodableMessage);
    expect(reading(body)).toThrow(/^the body does not fit holdfast\.reply: /);
    expect(reading(body)).toThrow(reason);
  });

  test('a Try without input or deadline', () => {
    const read = reading({ ...COMMAND, operation: 'try' }, 'holdfast.command');
    expect(read).toThrow('at deadlineAt');
    expect(read).toThrow('at input');
  });

  test('one resource too many', () => {
    const [announcement] = MESSAGES['holdfast.announcement'];
    const resources = [...(announcement?.resources ?? []), announcement?.resources[0]];
    expect(reading({ ...announcement, resources }, 'holdfast.announcement')).toThrow('at resources');
  });
});

test.each([
  'holdfast.inquiry',
  'holdfast.forgotten',
  'holdfast.cleanup-question',
  'holdfast.cleanup-answer',
] as const)('%s names at least one row, and not one too many', (type) => {
  const [message] = MESSAGES[type];
  const branches = message?.branches ?? [];
  expect(reading({ ...message, branches: [] }, type)).toThrow('at branches');
  expect(reading({ ...message, branches: [...branches, branches[0]] }, type)).toThrow('at branches');
});

test('an answer that is null is an answer', () => {
  expect(reading({ ...REPLY, outcome: 'tried', answer: null })()).toMatchObject({ body: { answer: null } });
});

test('what a newer sender adds is left out', () => {
  const { body } = reading({ ...REPLY, outcome: 'confirmed', colour: 'red' })();
  expect(body).toEqual({ ...REPLY, outcome: 'confirmed' });
});

test('peer defect 5: texts are cut and cleaned where they are decoded', () => {
  const { body } = reading({ ...FAILED, message: `\u0000${'x'.repeat(TEXT_LENGTH_MAX + 1)}` })();
  expect((body as typeof FAILED & { message: string }).message).toHaveLength(TEXT_LENGTH_MAX);
});
