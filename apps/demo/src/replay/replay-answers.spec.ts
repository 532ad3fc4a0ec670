import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readAnswers, writeAnswers, type ReplayAnswer } from './replay-answers.js';

test('answers are read as they were written, and a line that is none is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-answers-'));
  try {
    const file = join(folder, 'answers.jsonl');
    const answers: ReplayAnswer[] = [
      {
        orderKey: 'basket:1',
        orderNo: '1'.repeat(24),
        status: 'closed',
        reason: { code: 'OUT_OF_STOCK', message: 'none\nleft' },
        xid: '01a2089e-d974-722e-94ed-798886aa3712',
        history: ['ECONNREFUSED', '201'],
      },
      { orderKey: 'basket:2', orderNo: null, status: 'unknown', reason: null, xid: null, history: [] },
    ];
    await writeAnswers(file, answers);
    expect(await readAnswers(file)).toEqual(answers);
    await appendFile(file, '{"orderKey":"basket:3"}\n');
    await expect(readAnswers(file)).rejects.toThrow('answers.jsonl, line 3 is no answer of a replay');
  } finally {
    await rm(folder, { recursive: true });
  }
});
