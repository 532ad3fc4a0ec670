import { BEGINS_MAX } from '@holdfast/protocol';
import { BeginGatherer } from './begin-gatherer.js';
import { ConnectionLost } from './http-channel.js';
import type { AnswerReceiver } from './http-channel.js';

/** Requests that were sent, with what becomes of each in the test's hands. */
interface Sent {
  readonly begins: { readonly idempotencyKey: string }[];
  readonly receiver: AnswerReceiver;
}
let sent: Sent[];
let gatherer: BeginGatherer;
beforeEach(() => {
  sent = [];
  gatherer = new BeginGatherer({
    stream: (_path, body, _answerMsMax, receiver) => {
      const { begins } = JSON.parse(body) as Pick<Sent, 'begins'>;
      sent.push({ begins, receiver });
    },
  });
});

// Nobody waits for what is left when a test ends; the others of this process must not hear of it.
afterEach(() => {
  gatherer.flush();
  for (const { receiver } of sent) receiver.lost(LOST);
});

const send = (key: string, request = '{}', answerMsMax = 60_000) => {
  const answered = gatherer.send({ idempotencyKey: key }, request, answerMsMax);
  answered.catch(() => undefined);
  return answered;
};
const sendMany = (count: number) => Array.from({ length: count }, (_, i) => send(`k${i}`));
const turn = () => new Promise((resolve) => setImmediate(resolve));
const line = (index: number) =>
  `${JSON.stringify({ index, status: 201, replayed: false, body: { index } })}\n`;
const answer = (index: number) => ({ status: 201, replayed: false, body: { index } });
const keys = ({ begins }: Sent) => begins.map(({ idempotencyKey }) => idempotencyKey);
const LOST = new ConnectionLost(new Error('reset'), false, false);

test('begins of one turn go together, and what queues until the head arrives is the next request', async () => {
  void send('a');
  await Promise.resolve();
  void send('b');
  await turn();
  void send('c');
  await turn();
  void send('d');
  await turn();
  expect(sent.map(keys)).toEqual([['a', 'b']]);
  sent[0]?.receiver.head(200);
  await turn();
  expect(sent.map(keys)).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('a full request does not wait for the head of the last one, and a part of one does', async () => {
  void send('first');
  await turn();
  void sendMany(BEGINS_MAX - 1);
  await turn();
  expect(sent).toHaveLength(1);
  void send('last');
  void send('rest');
  await turn();
  expect(sent.map(({ begins }) => begins.length)).toEqual([1, BEGINS_MAX]);
  sent[1]?.receiver.head(200);
  await turn();
  expect(sent.map(({ begins }) => begins.length)).toEqual([1, BEGINS_MAX, 1]);
});

test('a request holds as many begins as the coordinator takes, and about 1 MiB', async () => {
  void sendMany(BEGINS_MAX + 1);
  await turn();
  sent[0]?.receiver.head(200);
  await turn();
  sent[1]?.receiver.head(200);
  for (const key of ['a', 'b']) void send(key, JSON.stringify('x'.repeat(600_000)));
  void send('c', JSON.stringify('x'.repeat(2_000_000)));
  gatherer.flush();
  expect(sent.map(({ begins }) => begins.length)).toEqual([BEGINS_MAX, 1, 1, 1, 1]);
});

test('each begin gets its line, in any order and wherever the chunks are cut', async () => {
  const text = Buffer.from(line(2) + line(0) + line(1));
  for (let at = 0; at <= text.length; at++) {
    const answers = sendMany(3);
    await turn();
    const { receiver } = sent.at(-1) as Sent;
    receiver.head(200);
    receiver.data(text.subarray(0, at));
    receiver.data(text.subarray(at));
    receiver.end();
    expect(await Promise.all(answers)).toEqual([0, 1, 2].map(answer));
  }
});

test.each<[string, (receiver: AnswerReceiver) => void]>([
  ['is reset', (receiver) => receiver.lost(LOST)],
  ['ends early', (receiver) => receiver.end()],
])('only those without a line are lost when the answer %s', async (_, happen) => {
  const answers = sendMany(3);
  await turn();
  const { receiver } = sent[0] as Sent;
  receiver.head(200);
  receiver.data(Buffer.from(line(1) + line(2).slice(0, -1)));
  happen(receiver);
  const results = await Promise.allSettled(answers);
  expect(results).toMatchObject([
    { reason: { name: 'ConnectionLost', neverSent: false } },
    { value: answer(1) },
    { reason: { name: 'ConnectionLost', neverSent: false } },
  ]);
});

test.each(['<p>hello</p>\n', '{"index":0}\n', '{"index":0,"status":201,"body":1}\n'])(
  'what is no line breaks the answer off: %j',
  async (text) => {
    void send('a').catch(() => {});
    await turn();
    sent[0]?.receiver.head(200);
    expect(() => sent[0]?.receiver.data(Buffer.from(text))).toThrow();
  },
);

test('what the whole request is answered goes for each of its begins', async () => {
  const answers = sendMany(2);
  await turn();
  const { receiver } = sent[0] as Sent;
  receiver.head(503);
  receiver.data(Buffer.from('{"code":"UNAVAI'));
  receiver.data(Buffer.from('LABLE"}'));
  receiver.end();
  expect(await Promise.all(answers)).toEqual(Array(2).fill({ status: 503, body: { code: 'UNAVAILABLE' } }));
});

test('a lost request lets the next one go', async () => {
  const lost = send('a');
  await turn();
  void send('b');
  sent[0]?.receiver.lost(LOST);
  await expect(lost).rejects.toBe(LOST);
  await turn();
  expect(sent.map(keys)).toEqual([['a'], ['b']]);
});

test('a head that does not come keeps the next request back for about a second, and no begin beyond its time', async () => {
  const first = send('a', '{}', 1);
  await turn();
  const second = send('b', '{}', 1);
  const third = send('c');
  await expect(first).rejects.toMatchObject({ name: 'ConnectionLost', neverSent: false });
  await expect(second).rejects.toMatchObject({ name: 'ConnectionLost', neverSent: true });
  while (sent.length < 2) await turn();
  expect(sent.map(keys)).toEqual([['a'], ['c']]);
  sent[1]?.receiver.head(200);
  sent[1]?.receiver.data(Buffer.from(line(0)));
  await expect(third).resolves.toEqual(answer(0));
});
