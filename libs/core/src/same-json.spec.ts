import fc from 'fast-check';
import { sameJson } from './same-json.js';

/** The same value with the keys of every object in the opposite order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, each]) => [key, turned(each)]),
  );
}

const json = fc.jsonValue({ noUnicodeString: true });

test('a value equals itself as the database gives it back, whatever the order of the keys', () => {
  fc.assert(fc.property(json, (value) => expect(sameJson(value, turned(structuredClone(value)))).toBe(true)));
});

test('it agrees with a comparison of canonical texts', () => {
  const canonical = (value: unknown): string =>
    JSON.stringify(value, (_, each: unknown) =>
      typeof each === 'object' && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
        : each,
    );
  fc.assert(fc.property(json, json, (a, b) => expect(sameJson(a, b)).toBe(canonical(a) === canonical(b))));
});

test.each([
  [1, 1, true],
  [1, '1', false],
  [null, null, true],
  [null, {}, false],
  [{}, null, false],
  [{}, [], false],
  [[], {}, false],
  [{ length: 0 }, [], false],
  [[], { length: 0 }, false],
  [JSON.parse('{"__proto__":{}}'), { a: {} }, false],
  [[1, 2], [2, 1], false],
  [[1], [1, 2], false],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: 1, b: 2 }, { a: 1 }, false],
  [{ a: null }, { b: null }, false],
  [{ a: { b: [1] } }, { a: { b: [2] } }, false],
  [{ a: 1, b: { c: 2 } }, { b: { c: 2 }, a: 1 }, true],
])('%j and %j: %j', (a, b, same) => {
  expect(sameJson(a, b)).toBe(same);
});
