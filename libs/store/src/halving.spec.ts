import { expect, test } from '@jest/globals';
import { runInHalves } from './halving.js';

function sqlError(code: string): Error {
  return Object.assign(new Error(`SQLSTATE ${code}`), { code });
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** A statement that fails for batches with these items, and notes what it was given. */
function failing(bad: readonly number[], code: string) {
  const batches: (readonly number[])[] = [];
  const run = async (items: readonly number[]): Promise<number[]> => {
    batches.push(items);
    if (items.some((item) => bad.includes(item))) throw sqlError(code);
    return [...items];
  };
  return { batches, run };
}

test('a batch that goes through is one statement', async () => {
  const { batches, run } = failing([], '22P05');
  expect(await runInHalves(numbers(1_000), run)).toEqual({ results: numbers(1_000), rejected: [] });
  expect(batches).toHaveLength(1);
});

test('nothing to do is no statement', async () => {
  const { batches, run } = failing([], '22P05');
  expect(await runInHalves([], run)).toEqual({ results: [], rejected: [] });
  expect(batches).toHaveLength(0);
});

test.each(['22P05', '22021', '23505', '23514'])('%s sets aside the row at fault alone', async (code) => {
  const { batches, run } = failing([617], code);
  const { results, rejected } = await runInHalves(numbers(1_000), run);
  expect(results).toEqual(numbers(1_000).filter((item) => item !== 617));
  expect(rejected).toEqual([{ item: 617, error: expect.objectContaining({ code }) }]);
  expect(batches.length).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(1_000)));
});

test('if every row is at fault, every row is set aside, in order', async () => {
  const { batches, run } = failing(numbers(64), '22P05');
  const { results, rejected } = await runInHalves(numbers(64), run);
  expect(results).toEqual([]);
  expect(rejected.map(({ item }) => item)).toEqual(numbers(64));
  expect(batches).toHaveLength(2 * 64 - 1);
});

test.each(['08006', '57P01', '42703', '53300', ''])('%s is passed on at once', async (code) => {
  const { batches, run } = failing([3], code);
  await expect(runInHalves(numbers(8), run)).rejects.toThrow(`SQLSTATE ${code}`);
  expect(batches).toHaveLength(1);
});

test('what is no SQL error is passed on at once', async () => {
  const run = async (): Promise<number[]> => {
    throw new TypeError('a bug');
  };
  await expect(runInHalves(numbers(8), run)).rejects.toThrow('a bug');
});

test.each(['40P01', '40001'])('after %s the halves are tried again', async (code) => {
  const sizes: number[] = [];
  const run = async (items: readonly number[]): Promise<number[]> => {
    sizes.push(items.length);
    if (items.length > 2) throw sqlError(code);
    return [...items];
  };
  expect(await runInHalves(numbers(8), run)).toEqual({ results: numbers(8), rejected: [] });
  expect(sizes).toEqual([8, 4, 2, 2, 4, 2, 2]);
});

test('a single row is tried again after a deadlock, and at last the error is passed on', async () => {
  const { batches, run } = failing([0], '40P01');
  await expect(runInHalves([0], run)).rejects.toThrow('40P01');
  expect(batches).toHaveLength(9);
});

test('rows at fault use up no retries', async () => {
  let deadlocks = 8;
  const run = async (items: readonly number[]): Promise<number[]> => {
    if (items.includes(0) && items.length > 1) throw sqlError('22P05');
    if (items.includes(1) && deadlocks-- > 0) throw sqlError('40P01');
    return [...items];
  };
  expect(await runInHalves(numbers(512), run)).toEqual({ results: numbers(512), rejected: [] });
});
