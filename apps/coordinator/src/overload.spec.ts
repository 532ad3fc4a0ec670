import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { BeginLine } from '@holdfast/protocol';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest, agreeable } from './coordinator-under-test.suite.js';

/** So many are taken on here, and so many may wait for one participant: few end in a second. */
const IN_FLIGHT = 4;

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start(['p', 'q'], { IN_FLIGHT_MIN: String(IN_FLIGHT) }));
afterAll(() => coordinator.stop());
afterEach(async () => {
  for (const participant of coordinator.participants.values()) {
    participant.script = agreeable;
    for (const command of participant.commands) await participant.reply(command, agreeable(command) ?? {});
  }
  await until(async () => (await unresolved()) === 0, { what: 'the end of all', timeoutMs: 10_000 });
  await until(async () => Number.isNaN(await metric('holdfast_waiting_transactions')), { what: 'the count' });
  // What ended just now made the bound larger.
  await until(async () => (await metric('holdfast_in_flight_limit')) === IN_FLIGHT, {
    what: 'the least bound',
  });
});

const BOTH = ['p', 'q'];
const silence = (...names: string[]) => {
  for (const name of names) coordinator.participant(name).script = () => undefined;
};
const count = async (from: string) =>
  Number((await coordinator.sql<{ count: string }>(`select count(*) from ${from}`))[0]?.count);
const unresolved = () => count('transactions where ended_at is null');
const begin = (names: string[], key?: string) =>
  coordinator.declare(names, '', {}, key === undefined ? {} : { 'idempotency-key': key });

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${coordinator.services[0]?.service.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
  return Number(line?.split(' ').at(-1));
}

async function beginMany(items: { participant: string; key: string }[]): Promise<BeginLine[]> {
  const begins = items.map(({ participant, key }) => ({
    idempotencyKey: key,
    request: {
      name: 'test',
      branches: [{ participant, resource: `${participant}.reserve`, input: { n: 0 } }],
    },
  }));
  const response = await fetch(`${coordinator.services[0]?.service.url}/v1/transactions/actions/begin`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ begins }),
  });
  expect(response.status).toBe(200);
  const lines = (await response.text()).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as BeginLine).sort((a, b) => a.index - b.index);
}

test('I7, I11: what is beyond the bound is refused before anything is durable, and a repeat of what was taken on is answered', async () => {
  silence('p', 'q');
  const taken = [];
  for (let i = 0; i < IN_FLIGHT; i++) taken.push(await begin(BOTH, `taken-${i}`));
  expect(taken.map(({ status }) => status)).toEqual(Array(IN_FLIGHT).fill(201));
  const rows = await count('transactions');
  const refused = await begin(BOTH, 'one-too-many');
  expect(refused).toMatchObject({ status: 429, body: { code: expect.stringMatching(/_BUSY$/) } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.body.detail).toContain('Nothing was begun');
  expect(await begin(BOTH)).toMatchObject({ status: 429 });
  expect(await begin(BOTH, 'taken-0')).toMatchObject({ status: 200, body: { xid: taken[0]?.body.xid } });
  const other = await begin(['p'], 'taken-0');
  expect([other.status, other.body.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
  expect(await count('transactions')).toBe(rows);
  expect(await count(`idempotency_keys where key = 'one-too-many'`)).toBe(0);
});

test('begins that come together are refused line by line, and repeats among them answered', async () => {
  silence('p', 'q');
  // The second one may be the participant's: what waits for it is counted twice a second.
  const refusals = async () =>
    (await metric('holdfast_begins_refused_total{reason="coordinator"}')) +
    (await metric('holdfast_begins_refused_total{reason="participant"}'));
  const before = await refusals();
  const keys = Array.from({ length: IN_FLIGHT + 1 }, (_, i) => `together-${i}`);
  const items = keys.map((key, i) => ({ participant: i % 2 === 0 ? 'p' : 'q', key }));
  const first = await beginMany(items);
  expect(first.map(({ status }) => status)).toEqual([...Array<number>(IN_FLIGHT).fill(201), 429]);
  expect(first.at(-1)).toMatchObject({
    replayed: false,
    retryAfter: expect.any(Number),
    body: { code: 'COORDINATOR_BUSY' },
  });
  const again = await beginMany(items);
  expect(again.map(({ status, replayed }) => [status, replayed])).toEqual([
    ...Array<unknown>(IN_FLIGHT).fill([200, true]),
    [429, false],
  ]);
  // Repeats that were answered do not count, though the bound was full when they came.
  expect((await refusals()) - before).toBe(2);
});

test('a participant that is away fills its own bound, and begins with others go on', async () => {
  silence('q');
  for (let i = 0; i < IN_FLIGHT; i++) await begin(['q']);
  await until(async () => (await begin(['q'])).body.code === 'PARTICIPANT_BUSY', { what: 'the bound of q' });
  const [withQ, ...others] = await beginMany([
    { participant: 'q', key: 'away' },
    ...Array.from({ length: IN_FLIGHT }, (_, i) => ({ participant: 'p', key: `present-${i}` })),
  ]);
  expect(withQ).toMatchObject({
    status: 429,
    body: { code: 'PARTICIPANT_BUSY' },
    retryAfter: expect.any(Number),
  });
  expect(others.map(({ status }) => status)).toEqual(Array(IN_FLIGHT).fill(201));
  // It is counted twice a second; the bound may be full in between.
  await until(async () => (await metric('holdfast_waiting_transactions{participant="q"}')) >= IN_FLIGHT, {
    what: 'the count of those that wait for q',
  });
});

test('once what waits has ended, begins are taken on again within a second or so', async () => {
  silence('q');
  for (let i = 0; i < IN_FLIGHT; i++) await begin(['q']);
  expect(await begin(['q'])).toMatchObject({ status: 429 });
  for (const command of coordinator.participant('q').commands)
    await coordinator.participant('q').reply(command, agreeable(command) ?? {});
  coordinator.participant('q').script = agreeable;
  await until(async () => (await begin(['q'])).status === 201, { what: 'a begin to be taken on' });
});
