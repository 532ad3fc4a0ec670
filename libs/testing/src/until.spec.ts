import { until } from './until.js';

test('it resolves with what the condition gives', async () => {
  let looks = 0;
  const value = await until(() => (looks += 1) === 3 && 'third', { what: 'the third look', intervalMs: 1 });
  expect(value).toBe('third');
});

test('a condition that throws is not met yet', async () => {
  let looks = 0;
  const condition = async () => {
    looks += 1;
    if (looks < 3) throw new Error('not yet');
    return looks;
  };
  expect(await until(condition, { what: 'the third look', intervalMs: 1 })).toBe(3);
});

test('the failure says what was awaited, how long, and what went wrong last', async () => {
  const condition = () => Promise.reject(new Error('connection refused'));
  const waiting = until(condition, { what: 'the port to open', timeoutMs: 20, intervalMs: 1 });
  await expect(waiting).rejects.toThrow('waited 20 ms for the port to open: connection refused');
});
