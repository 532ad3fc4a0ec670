import { expect, test } from '@jest/globals';
import { EventReader } from './server-sent-events.js';

const STREAM =
  ':\n\nid: 0:1\n\nid: 0:2\nevent: hung\ndata: {"a":"ä"}\n\ndata: one\ndata: two\nid: 0:3\r\n\r\nid: 0:4\ndata: cut';

test('events are the same wherever the bytes are cut, and a half one is not told', () => {
  const bytes = new TextEncoder().encode(STREAM);
  for (let size = 1; size <= bytes.length; size++) {
    const reader = new EventReader();
    const events = [];
    for (let at = 0; at < bytes.length; at += size)
      events.push(...reader.take(bytes.subarray(at, at + size)));
    expect(events).toEqual([
      { type: 'hung', data: '{"a":"ä"}' },
      { type: 'message', data: 'one\ntwo' },
    ]);
    expect(reader.lastEventId).toBe('0:3');
  }
});
