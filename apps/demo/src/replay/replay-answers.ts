import { readFile, writeFile } from 'node:fs/promises';
import { Xid } from '@holdfast/protocol';
import { OrderNo } from '@holdfast/shop';
import { z } from 'zod';

/** What the replay was told about an order that it sent; each tap of an order has an answer of its own. */
export const ReplayAnswer = z.strictObject({
  orderKey: z.string(),
  /** Null where not even that was answered. */
  orderNo: OrderNo.nullable(),
  /** `rejected`: it was not taken at all. `unknown`: no decision was learnt in time. */
  status: z.enum(['paid', 'closed', 'rejected', 'unknown']),
  /** Why it was closed or rejected, or the last trouble where it is unknown. */
  reason: z.object({ code: z.string(), message: z.string() }).nullable(),
  xid: Xid.nullable(),
  /** What came back, call by call: a status of HTTP, or the code of the error. */
  history: z.array(z.string()),
});
export type ReplayAnswer = z.infer<typeof ReplayAnswer>;

/** One JSON document a line. */
export async function writeAnswers(file: string, answers: readonly ReplayAnswer[]): Promise<void> {
  await writeFile(file, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
}

/** @throws Error naming the first line that is no answer. */
export async function readAnswers(file: string): Promise<ReplayAnswer[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line, index) => {
    try {
      return ReplayAnswer.parse(JSON.parse(line));
    } catch (cause) {
      throw new Error(`${file}, line ${index + 1} is no answer of a replay`, { cause });
    }
  });
}
