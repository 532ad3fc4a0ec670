import { expect, test } from '@jest/globals';
import { incomingMessage } from './incoming-message.js';

const bytes = (text: string) => Buffer.from(text);

test('a stranger may write what he likes', () => {
  const headers = {
    plain: bytes('ü'),
    twice: [bytes('a'), bytes('b')],
    empty: bytes(''),
    broken: Buffer.from([255]),
  };
  // kafkajs types no null, but a header may have no value.
  const nothing = { none: null, noneTwice: [bytes('a'), null] } as object;
  const message = { offset: '7', key: null, value: null, headers: { ...headers, ...nothing } };
  expect(incomingMessage('t', 1, message)).toEqual({
    topic: 't',
    partition: 1,
    offset: '7',
    key: null,
    value: null,
    headers: { plain: 'ü', twice: 'b', empty: '', broken: '\ufffd', none: '', noneTwice: '' },
  });
  expect(incomingMessage('t', 1, { offset: '8', key: bytes('k'), value: bytes('v') })).toMatchObject({
    key: 'k',
    value: bytes('v'),
    headers: {},
  });
});
