import type { ServerResponse } from 'node:http';
import { LineAnswer } from './line-answer.js';

/** What was done to a response, in order. */
function recorder() {
  const done: string[] = [];
  const response = {
    destroyed: false,
    writeHead: (status: number) => done.push(`head ${status}`),
    flushHeaders: () => done.push('flush'),
    write: (text: string) => done.push(text),
    end: (text: string) => done.push(`${text}end`),
  };
  return {
    done,
    response,
    answer: (lines: number) => new LineAnswer(response as unknown as ServerResponse, lines),
  };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('the head leaves before any line is known', async () => {
  const { done, answer } = recorder();
  answer(1);
  await turn();
  expect(done).toEqual(['head 200', 'flush']);
});

test('lines of one turn leave in one write, the last ones with the end', async () => {
  const { done, answer } = recorder();
  const lines = answer(4);
  lines.line(1);
  lines.line({ a: 'ü' });
  await turn();
  lines.line(3);
  await Promise.resolve();
  lines.line(4);
  await turn();
  expect(done).toEqual(['head 200', '1\n{"a":"ü"}\n', '3\n4\nend']);
});

test('nothing is written to a client that has hung up', async () => {
  const { done, response, answer } = recorder();
  const lines = answer(2);
  await turn();
  response.destroyed = true;
  lines.line(1);
  await turn();
  lines.line(2);
  await turn();
  expect(done).toEqual(['head 200', 'flush']);
});
