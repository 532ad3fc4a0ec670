import { ManualClock } from './manual-clock.suite.js';
import { Unanswered, repeated } from './repetition.js';
import type { Attempt } from './repetition.js';

const LOST: Attempt<string> = { settled: false, lost: new Error('reset') };
const OPEN: Attempt<string> = { settled: false, answer: 'open' };
const DONE: Attempt<string> = { settled: true, answer: 'done' };

let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
});

/** Attempts that come back at once, the last of them for ever. */
const script = (...attempts: Attempt<string>[]) => {
  let count = 0;
  return async () => attempts[Math.min(count++, attempts.length - 1)] as Attempt<string>;
};

test('what is settled is returned without a pause', async () => {
  await expect(repeated(clock, 1_000, script(DONE))).resolves.toBe('done');
  expect(clock.sleptMs).toEqual([]);
});

test('what is lost is repeated with pauses that double up to a cap', async () => {
  await expect(repeated(clock, 60_000, script(...Array<Attempt<string>>(9).fill(LOST), DONE))).resolves.toBe(
    'done',
  );
  // Three quarters of 50, 100, ...: half of each pause is by chance, and here that is always the middle.
  expect(clock.sleptMs).toEqual([37.5, 75, 150, 300, 600, 1_200, 1_500, 1_500, 1_500]);
});

test('an open answer that came back early is slowed down, too', async () => {
  await expect(repeated(clock, 1_000, script(OPEN, OPEN, DONE))).resolves.toBe('done');
  expect(clock.sleptMs).toEqual([37.5, 75]);
});

test('an open answer that took its time is followed by the next request at once', async () => {
  let count = 0;
  const attempt = async () => {
    clock.advance(10_000);
    return ++count < 5 ? OPEN : DONE;
  };
  await expect(repeated(clock, 60_000, attempt)).resolves.toBe('done');
  expect(clock.sleptMs.filter((ms) => ms > 0)).toEqual([]);
});

test('each attempt is told how much time is left', async () => {
  const left: number[] = [];
  const attempt = async (leftMs: number) => {
    left.push(leftMs);
    clock.advance(400);
    return LOST;
  };
  await expect(repeated(clock, 1_000, attempt)).rejects.toBeInstanceOf(Unanswered);
  expect(left).toEqual([1_000, 600, 200]);
});

test('the limit ends it with the last answer where there was one', async () => {
  await expect(repeated(clock, 1_000, script(OPEN, LOST))).resolves.toBe('open');
  expect(clock.nowMs()).toBeLessThan(1_000);
});

test('the limit ends it with the last error where there was no answer', async () => {
  await expect(repeated(clock, 1_000, script(LOST))).rejects.toMatchObject({
    name: 'Unanswered',
    cause: LOST.lost,
  });
});

test('there is at least one attempt', async () => {
  await expect(repeated(clock, 0, script(DONE))).resolves.toBe('done');
});
