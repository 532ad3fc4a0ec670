import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Admission, Place } from './admission.js';
import { EndCounts } from './end-counts.js';

const MIN = 32;
const TICK_MS = 500;

let ended: EndCounts;
let answers: Map<string, number>;
let now: number;
let admission: Admission;
beforeEach(() => {
  ended = new EndCounts();
  answers = new Map();
  now = 0;
  admission = new Admission(MIN, ended);
  look([]);
});

/** Counts `waits` as what stands in memory. */
const look = (waits: string[][]) => admission.count(waits, answers, (now += TICK_MS));
const end = (count: number, ...names: string[]) => {
  for (let i = 0; i < count; i++) ended.add(names);
};
/** The same a while later, with so much done in each second meanwhile. */
const lookAfter = (
  seconds: number,
  waits: string[][],
  per: { ends?: number; answers?: [string, number][] },
) => {
  for (let ms = 0; ms < seconds * 1000; ms += TICK_MS) {
    end((per.ends ?? 0) / 2);
    for (const [name, count] of per.answers ?? []) answers.set(name, (answers.get(name) ?? 0) + count / 2);
    look(waits);
  }
};
const waitFor = (count: number, ...names: string[]) => Array.from({ length: count }, () => names);
/** Takes one on; what is said if that may not be. */
const refusal = (...names: string[]) => {
  const taken = admission.take(names);
  if (taken instanceof Place) return undefined;
  admission.refused(taken);
  return taken;
};
const places = (count: number, ...names: string[]) =>
  Array.from({ length: count }, () => admission.take(names)).filter((taken) => taken instanceof Place);
const takeAll = (count: number, ...names: string[]) => places(count, ...names).length;

describe('the bound of the coordinator', () => {
  test('takes as many as it may, and not one more', () => {
    expect(takeAll(MIN, 'p')).toBe(MIN);
    expect(admission.take(['p'])).toMatchObject({ participant: null });
    expect(admission.refusedSoFar).toEqual({ coordinator: 0, participant: 0 });
    expect(refusal('p')).toMatchObject({ participant: null });
    expect(admission.refusedSoFar).toEqual({ coordinator: 1, participant: 0 });
  });

  test('takes one for each that has ended, at once, and for each that came to nothing', () => {
    for (const [i, place] of places(MIN, 'p').entries()) admission.taken(place, i > 0);
    expect(takeAll(2, 'p')).toBe(1);
    end(3, 'p');
    expect(takeAll(9, 'p')).toBe(3);
  });

  test('grows to what ends in a second, and falls back when less does', () => {
    lookAfter(5, [], { ends: 400 });
    expect(admission.limit).toBeCloseTo(400, -1);
    lookAfter(5, [], { ends: 100 });
    expect(admission.limit).toBeCloseTo(100, -1);
    lookAfter(20, [], {});
    expect(admission.limit).toBe(MIN);
  });

  test('says to come back the later, the more come', () => {
    lookAfter(5, waitFor(400, 'p'), { ends: 100, answers: [['p', 400]] });
    expect(refusal('p')?.retryAfterSeconds).toBe(5);
    for (let tick = 0; tick < 10; tick++) {
      for (let i = 0; i < 100; i++) refusal('p');
      lookAfter(0.5, waitFor(400, 'p'), { ends: 100, answers: [['p', 400]] });
    }
    expect(refusal('p')?.retryAfterSeconds).toBeGreaterThan(5);
    lookAfter(20, waitFor(400, 'p'), {});
    expect(refusal('q')?.retryAfterSeconds ?? 10).toBe(10);
  });
});

describe('the bound of a participant', () => {
  test('is full with as many as may wait in any case, and refuses those alone that name it', () => {
    look(waitFor(MIN - 1, 'away'));
    expect(refusal('p', 'away')).toBeUndefined();
    expect(refusal('p', 'away')).toMatchObject({ participant: 'away', retryAfterSeconds: 10 });
    expect(admission.refusedSoFar).toEqual({ coordinator: 0, participant: 1 });
    expect(takeAll(2 * MIN, 'p')).toBe(MIN - 1);
  });

  test('takes nothing from what others may have, also while it is not full', () => {
    look(waitFor(MIN / 2, 'away'));
    expect(admission.inFlight).toBe(0);
    expect(takeAll(2 * MIN, 'p')).toBe(MIN);
  });

  test('takes nothing of it either with what came since the last look, unless that goes on with others', () => {
    look(waitFor(MIN / 2, 'away'));
    for (const place of places(MIN / 4, 'away')) admission.taken(place, true);
    expect(admission.inFlight).toBe(0);
    for (const place of places(MIN / 4, 'away', 'p')) admission.taken(place, true);
    expect(admission.inFlight).toBe(MIN / 4);
    expect(refusal('away')).toMatchObject({ participant: 'away' });
    expect(takeAll(2 * MIN, 'p')).toBe(MIN - MIN / 4);
  });

  test('knows of what is being taken on while it looks', () => {
    const [place] = places(1, 'away');
    look(waitFor(MIN - 2, 'away'));
    expect(admission.waiting.get('away')).toBe(MIN - 1);
    admission.taken(place as Place, true);
    expect(takeAll(MIN, 'away')).toBe(1);
    expect(admission.inFlight).toBe(0);
  });

  test('takes one for each that has ended with it, at once: a burst on one that is new is not refused', () => {
    const taken = places(MIN, 'new');
    look([]);
    expect(refusal('new')).toMatchObject({ participant: 'new' });
    for (const place of taken) admission.taken(place, true);
    end(MIN, 'other');
    expect(refusal('new')).toMatchObject({ participant: 'new' });
    end(MIN, 'new');
    expect(takeAll(2 * MIN, 'new')).toBe(MIN);
  });

  test('grows to what it answers in two seconds', () => {
    const slow = () => waitFor(MIN * 4, 'slow');
    lookAfter(10, slow(), { answers: [['slow', MIN]] });
    expect(takeAll(1, 'slow')).toBe(0);
    lookAfter(10, slow(), { answers: [['slow', MIN * 3]], ends: MIN * 8 });
    expect(takeAll(1, 'slow')).toBe(1);
  });

  test('does not stand in the way of a burst of what it answers in time', () => {
    const taken = places(MIN, 'p');
    expect(taken).toHaveLength(MIN);
    for (const place of taken) admission.taken(place, true);
    end(MIN, 'p');
    expect(takeAll(MIN, 'p')).toBe(MIN);
  });
});

test('whatever comes, goes and hangs, no more waits for anybody than its bound', () => {
  const names = ['a', 'b', 'c'];
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.subarray(names, { minLength: 1 }).map((taken) => ({ taken })) },
    { weight: 1, arbitrary: fc.nat().map((ended) => ({ ended })) },
    { weight: 1, arbitrary: fc.constant({ looked: true }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const done = new EndCounts();
      let doneBefore = 0;
      let now = 0;
      const standing: string[][] = [];
      const bounded = new Admission(8, done);
      for (const each of steps) {
        const place = 'taken' in each ? bounded.take(each.taken) : undefined;
        if ('taken' in each && place instanceof Place) {
          bounded.taken(place, true);
          standing.push(each.taken);
        }
        if ('ended' in each && standing.length > 0) {
          for (const names of standing.splice(each.ended % standing.length, 1)) done.add(names);
        }
        if ('looked' in each) {
          // So long after the last that what has ended makes no rate.
          bounded.count(standing, new Map(), (now += 1e9));
          doneBefore = done.total;
        }
        for (const name of names)
          expect(standing.filter((waits) => waits.includes(name)).length).toBeLessThanOrEqual(
            // Whose ends they were is known with the next look.
            8 + done.total - doneBefore,
          );
      }
    }),
  );
});
