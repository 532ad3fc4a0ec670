import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { IncomingMessage, OutgoingMessage } from '../bus.js';
import { packed, unpacked } from './record-pack.js';

const HEADERS = { ce_type: 'holdfast.reply' };
const message = (key: string | null, value: string | null, rest: Partial<OutgoingMessage> = {}) => ({
  ...{ topic: 't', key, headers: HEADERS, value, packs: true },
  ...rest,
});
/** Keys are numbers here, and name their partition of three. */
const byKey = ({ key, partition }: OutgoingMessage) => partition ?? Number(key) % 3;
const arrived = ({ topic, partition, key, headers, value }: OutgoingMessage): IncomingMessage => ({
  ...{ topic, partition: partition ?? 0, offset: '7', key, headers: { ...headers } },
  value: value === null ? null : Buffer.from(value),
});

test('messages of one partition share a record, and come out as they went in', () => {
  const sent = [message('1', '{"a":"ü"}'), message('2', 'x'), message('4', ''), message('1', null)];
  const records = packed(sent, byKey);
  expect(records.map(({ partition }) => partition)).toEqual([1, 2]);
  const read = records.map((record) => unpacked(arrived(record)));
  expect(read.map((messages) => messages.map(({ key, value }) => [key, value?.toString() ?? null]))).toEqual([
    [
      ['1', '{"a":"ü"}'],
      ['4', ''],
      ['1', null],
    ],
    [['2', 'x']],
  ]);
  expect(read.flat().every(({ headers }) => JSON.stringify(headers) === JSON.stringify(HEADERS))).toBe(true);
  expect(read.flat().map(({ offset }) => offset)).toEqual(['7', '7', '7', '7']);
});

test('what may not share, has other headers, or goes nobody knows where, goes alone, and nothing overtakes it', () => {
  const traced = { ...HEADERS, traceparent: 'x' };
  const sent = [
    message('1', 'a'),
    message('1', 'b', { packs: false }),
    message('1', 'c'),
    message('1', 'd'),
    message('1', 'e', { headers: traced }),
    message('x', 'f'),
  ];
  const records = packed(sent, (each) => (each.key === 'x' ? undefined : byKey(each)));
  expect(records.map((record) => unpacked(arrived(record)).map(({ value }) => value?.toString()))).toEqual([
    ['a'],
    ['b'],
    ['c', 'd'],
    ['e'],
    ['f'],
  ]);
});

test('the order within a partition stays, whatever is sent', () => {
  const key = fc.constantFrom('0', '1', '2', '3', '4');
  const sending = fc.record({ key, packs: fc.boolean(), value: fc.option(fc.string({ unit: 'binary' })) });
  fc.assert(
    fc.property(fc.array(sending), (sendings) => {
      const sent = sendings.map(({ key, value, packs }) => message(key, value, { packs }));
      const read = packed(sent, byKey).flatMap((record) => unpacked(arrived(record)));
      for (const partition of [0, 1, 2]) {
        const of = (messages: readonly { key: string | null; value: unknown }[]) =>
          messages.filter(({ key }) => Number(key) % 3 === partition).map(({ key, value }) => [key, value]);
        const asBytes = sent.map(({ key, value }) => ({
          key,
          value: value === null ? null : Buffer.from(value),
        }));
        expect(of(read)).toEqual(of(asBytes));
      }
    }),
  );
});

describe('a record that is no pack stays as it is', () => {
  const pack = arrived(packed([message('1', 'abc'), message('1', 'def')], byKey)[0] as OutgoingMessage);
  test.each([
    ['cut', { value: pack.value?.subarray(0, -1) }],
    ['cut after a key', { value: pack.value?.subarray(0, 2) }],
    ['a length that does not end', { value: Buffer.concat([Buffer.alloc(200, 0x80), Buffer.from('x')]) }],
    ['a length without end', { value: Buffer.alloc(8, 0xff) }],
    ['of another format', { headers: { ...pack.headers, holdfast_pack: '2' } }],
    ['empty', { value: null }],
    ['not said to be one', { headers: HEADERS }],
  ])('%s', (_, change) => {
    const record = { ...pack, ...change } as IncomingMessage;
    expect(unpacked(record)).toEqual([record]);
  });
});
