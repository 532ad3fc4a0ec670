import { explain } from './explain.js';
import type { Event } from './event.js';
import {
  DEADLINE_AT,
  OVERDUE,
  SOON,
  adopted,
  after,
  branchRegistered,
  cancelRequested,
  confirmRequested,
  coolingBeginning,
  effectsOf,
  pauseRequested,
  resumeRequested,
  step,
  tried,
  woken,
} from './samples.suite.js';

const UNTIL = DEADLINE_AT + 3_600_000;

const opened = (...branchIds: readonly string[]) => coolingBeginning(UNTIL, ...branchIds).transaction;

const cooling = after(opened('a', 'b'), tried('a'), tried('b'));
const oneByOne = after(opened(), branchRegistered('a'), tried('a'));

test('the last yes does not decide: it is saved with all answers, and the time is the next wake', () => {
  const entered = step(after(opened('a', 'b'), tried('a')), tried('b'));
  expect(entered).toMatchObject({ save: 'durable', effects: [] });
  expect(entered.transaction).toMatchObject({ phase: 'trying', coolingSince: SOON, wakeAt: UNTIL });
});

test('a request to confirm does not decide either, and repeated it gets the same answer', () => {
  const entered = step(oneByOne, confirmRequested(['a']));
  expect(entered).toMatchObject({ save: 'durable', effects: [] });
  expect(entered.transaction).toMatchObject({ phase: 'trying', coolingSince: SOON, wakeAt: UNTIL });
  expect(step(entered.transaction, confirmRequested(['a'], OVERDUE)).transaction).toBe(entered.transaction);
});

test('it ends the deadline and closes registration', () => {
  expect(step(cooling, woken(DEADLINE_AT)).transaction.phase).toBe('trying');
  const entered = after(oneByOne, confirmRequested(['a']));
  expect(step(entered, branchRegistered('b')).rejection?.code).toBe('REGISTRATION_CLOSED');
  expect(step(entered, branchRegistered('a')).rejection).toBeUndefined();
});

test.each<[string, Event]>([
  ['its timer', woken(UNTIL)],
  ['a take-over', adopted(UNTIL + 5)],
])('once the time has come %s confirms it', (_, event) => {
  const done = step(cooling, event);
  expect(done).toMatchObject({ transaction: { phase: 'confirming' }, save: 'durable' });
  expect(effectsOf(done)).toEqual(['send confirm a', 'send confirm b']);
});

test('a millisecond before, nothing does', () => {
  expect(step(cooling, woken(UNTIL - 1)).transaction).toBe(cooling);
  expect(step(cooling, adopted(UNTIL - 1)).transaction).toBe(cooling);
});

test.each([SOON, UNTIL - 1, UNTIL + 5])('a cancel wins for as long as nothing is decided: %d', (at) => {
  const done = step(cooling, cancelRequested(at));
  expect(done.transaction).toMatchObject({ phase: 'cancelling', reason: { code: 'CHANGED_MIND' } });
  expect(step(done.transaction, woken(UNTIL + 10)).transaction.phase).toBe('cancelling');
});

test('after the Confirm is decided a cancel is told so', () => {
  expect(step(after(cooling, woken(UNTIL)), cancelRequested(UNTIL)).rejection?.code).toBe(
    'ALREADY_CONFIRMED',
  );
});

test('a pause holds it, and a resume confirms it at once if its time has come', () => {
  const held = after(cooling, pauseRequested());
  expect(step(held, woken(UNTIL)).transaction).toBe(held);
  expect(after(held, resumeRequested(OVERDUE))).toMatchObject({ phase: 'trying', wakeAt: UNTIL });
  expect(after(held, resumeRequested(UNTIL)).phase).toBe('confirming');
});

test('where all answer only after that time, nothing waits; before all have answered, the deadline rules', () => {
  const late = after(opened('a'), pauseRequested(), tried('a', { at: UNTIL }));
  expect(late.phase).toBe('confirming');
  expect(after(opened('a', 'b'), tried('a'), woken(DEADLINE_AT)).phase).toBe('cancelling');
});

test('it says so itself', () => {
  const nothing = { withoutConsumer: new Set<string>(), paused: new Set<string>() };
  const told = explain(cooling, { at: OVERDUE, ...nothing });
  expect(told).toMatchObject({ code: 'COOLING_OFF', nextAt: UNTIL, runbook: 'docs/runbooks/cooling-off.md' });
  expect(told.sentence).toContain(new Date(UNTIL).toISOString());
});
