import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest } from '../coordinator-under-test.suite.js';
import { STREAMS_MAX } from './event-streams.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start());
afterAll(() => coordinator.stop());

interface Event {
  readonly id: string;
  readonly event?: string;
  readonly data?: { readonly xid: string; readonly outcome: string; readonly reason: string };
}

/** A reader of the stream, which remembers what came. */
class Reader {
  text = '';
  ended = false;
  private constructor(private readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (this.text += chunk));
    response.on('close', () => (this.ended = true));
  }

  static async open(lastEventId?: string, at = 0): Promise<Reader> {
    const { service } = coordinator.services[at] as (typeof coordinator.services)[number];
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      get(`${service.url}/v1/stream`, { headers }, resolve).on('error', reject),
    );
    if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`);
    const reader = new Reader(response);
    await until(() => reader.events.length > 0, { what: 'the begin of the stream' });
    return reader;
  }

  get events(): Event[] {
    const blocks = this.text
      .split('\n\n')
      .slice(0, -1)
      .filter((block) => !block.startsWith(':'));
    return blocks.map((block) => {
      const fields = block.split('\n').map((line): [string, string] => {
        const colon = line.indexOf(': ');
        return [line.slice(0, colon), line.slice(colon + 2)];
      });
      const { data, ...rest } = Object.fromEntries(fields) as Record<string, string>;
      return { ...rest, ...(data !== undefined && { data: JSON.parse(data) as object }) } as Event;
    });
  }

  async event(xid: string): Promise<Event> {
    return until(() => this.events.find(({ data }) => data?.xid === xid), { what: `the event of ${xid}` });
  }

  close(): void {
    this.response.destroy();
  }
}

async function checkout(): Promise<string> {
  return (await coordinator.declare(['p'], '?wait=ended')).body.xid;
}

test('tells what ends, and goes on after the last event that somebody got', async () => {
  const reader = await Reader.open();
  const first = await checkout();
  const { id, event, data } = await reader.event(first);
  expect({ event, data }).toMatchObject({ event: 'ended', data: { xid: first, outcome: 'confirmed' } });
  reader.close();
  const missed = [await checkout(), await checkout()];
  const again = await Reader.open(id);
  for (const xid of missed) await again.event(xid);
  expect(again.events.flatMap(({ data }) => data?.xid ?? []).sort()).toEqual([...missed].sort());
  again.close();
});

test('tells by a reset that what followed is gone, and goes on from now', async () => {
  const reader = await Reader.open('0:999999');
  expect(reader.events).toMatchObject([
    { event: 'reset', data: { reason: expect.stringContaining('999999') } },
  ]);
  const xid = await checkout();
  expect(await reader.event(xid)).toMatchObject({ event: 'ended' });
  reader.close();
});

test('refuses what is no position', async () => {
  const answer = await coordinator.request('GET', '/v1/stream', undefined, { 'last-event-id': '17' });
  expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: '/last-event-id' }] } });
});

test('opens so many and no more, and another once one is closed', async () => {
  const readers = await Promise.all(Array.from({ length: STREAMS_MAX }, () => Reader.open()));
  const refused = await coordinator.get('/v1/stream');
  expect(refused).toMatchObject({ status: 503, body: { code: 'TOO_MANY_STREAMS' } });
  for (const reader of readers) reader.close();
  const opens = async () => (await Reader.open()).close();
  await until(() => opens().then(() => true), { what: 'room for a stream' });
});

test('ends when its coordinator stops, which does not wait for it', async () => {
  const at = coordinator.services.length;
  const service = await coordinator.startCoordinator();
  const reader = await Reader.open(undefined, at);
  coordinator.services.splice(at, 1);
  await service.close();
  expect(await until(() => reader.ended, { what: 'the end of the stream' })).toBe(true);
});
