import {
  BranchId,
  CleanText,
  Code,
  Participant,
  Reference,
  Resource,
  TransactionName,
  Xid,
  birthOf,
  cleanText,
} from './identifiers.js';
import { CODE_LENGTH_MAX, NAME_LENGTH_MAX, REFERENCE_LENGTH_MAX, TEXT_LENGTH_MAX } from './limits.js';

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

describe('an xid', () => {
  const XID = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';

  test('is a UUID of version 7 in lower case', () => {
    expect(accepts(Xid, XID)).toBe(true);
  });

  test.each([
    ['another version', '017f22e2-79b0-4cc3-98c4-dc0c0c07398f'],
    ['another variant', '017f22e2-79b0-7cc3-18c4-dc0c0c07398f'],
    ['upper case', XID.toUpperCase()],
    ['braces', `{${XID}}`],
    ['something behind it', `${XID}\n`],
    ['SQL behind it', `${XID}' or '1'='1`],
    ['nothing', ''],
    ['no text', 17],
  ])('is not: %s', (_what, value) => {
    expect(accepts(Xid, value)).toBe(false);
  });

  test('tells when it was minted', () => {
    // The example of RFC 9562, appendix A.6.
    expect(new Date(birthOf(XID)).toISOString()).toBe('2022-02-22T19:22:22.000Z');
  });
});

describe.each([
  ['branchId', BranchId],
  ['participant', Participant],
  ['resource', Resource],
  ['name', TransactionName],
])('a %s', (_what, schema) => {
  test.each(['a', 'A', '0', 'inventory.reserve-2', 'a_b', 'x'.repeat(NAME_LENGTH_MAX)])(
    'may be %s',
    (name) => {
      expect(accepts(schema, name)).toBe(true);
    },
  );

  test.each(['', '.', '-a', '_a', 'a b', 'a/b', 'a\n', 'ä', "a'", 'x'.repeat(NAME_LENGTH_MAX + 1), null])(
    'may not be %j',
    (name) => {
      expect(accepts(schema, name)).toBe(false);
    },
  );
});

test("a participant's topic is no dead letter topic", () => {
  expect(accepts(Participant, 'stock.dlq')).toBe(false);
  expect(accepts(Participant, 'dlq')).toBe(true);
});

describe('a reference', () => {
  test.each(['1', 'Bestellung № 17/2026 äöü 🎁', ' ', 'x'.repeat(REFERENCE_LENGTH_MAX)])(
    'may be %j',
    (text) => {
      expect(accepts(Reference, text)).toBe(true);
    },
  );

  test.each(['', 'a\nb', 'a\u0000', '\u0085', 'a\ud83d', 'x'.repeat(REFERENCE_LENGTH_MAX + 1)])(
    'may not be %j',
    (text) => {
      expect(accepts(Reference, text)).toBe(false);
    },
  );
});

describe('a code', () => {
  test.each(['A', 'OUT_OF_STOCK', 'E42', 'X'.repeat(CODE_LENGTH_MAX)])('may be %s', (code) => {
    expect(accepts(Code, code)).toBe(true);
  });

  test.each(['', 'out_of_stock', '_A', '4A', 'A-B', 'A ', 'X'.repeat(CODE_LENGTH_MAX + 1)])(
    'may not be %j',
    (code) => {
      expect(accepts(Code, code)).toBe(false);
    },
  );
});

describe('a text is made to fit', () => {
  test('what fits stays as it is', () => {
    const text = `line\nline\t${'🎁'.repeat(10)}`;
    expect(cleanText(text)).toBe(text);
    expect(cleanText('x'.repeat(TEXT_LENGTH_MAX))).toHaveLength(TEXT_LENGTH_MAX);
  });

  test('PostgreSQL takes no NUL', () => {
    expect(cleanText('\u0000a\u0000\u0000b')).toBe('ab');
  });

  test('peer defect 5: what is too long is cut', () => {
    const cut = cleanText('x'.repeat(TEXT_LENGTH_MAX + 1));
    expect(cut).toBe(`${'x'.repeat(TEXT_LENGTH_MAX - 1)}…`);
  });

  test('peer defect 5: a cut never halves a character, which PostgreSQL would not take in JSON', () => {
    const cut = cleanText(`${'x'.repeat(TEXT_LENGTH_MAX - 2)}🎁🎁`);
    expect(cut).toHaveLength(TEXT_LENGTH_MAX);
    expect(cut.endsWith('x\ufffd…')).toBe(true);
    expect(cleanText('a\ud83d')).toBe('a\ufffd');
    expect(cleanText('\udf81a')).toBe('\ufffda');
  });

  test('where it is decoded', () => {
    expect(CleanText.parse(`a\u0000${'x'.repeat(2_000)}`)).toHaveLength(TEXT_LENGTH_MAX);
    expect(accepts(CleanText, 17)).toBe(false);
  });
});
