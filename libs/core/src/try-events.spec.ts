import { BRANCHES_MAX } from '@holdfast/protocol';
import type { Transaction } from './transaction.js';
import { findBranch } from './transaction.js';
import {
  OVERDUE,
  SOON,
  after,
  branchRegistered,
  cancelRequested,
  cancelled,
  confirmRequested,
  confirmed,
  declaration,
  declared,
  effectsOf,
  failed,
  oneByOne,
  refused,
  stateOf,
  step,
  tried,
  woken,
} from './samples.suite.js';

const own = declaration('p', { tryBy: 'participant' });
const reported = { reported: true };

describe('branchRegistered', () => {
  test('is durable before its Try leaves, and sends no other', () => {
    const done = step(oneByOne('a'), branchRegistered('b'));
    expect(done.save).toBe('durable');
    expect(effectsOf(done)).toEqual(['send try b']);
  });

  test('sends no Try for a branch that its participant tries by itself, but its Cancel or Confirm', () => {
    const registered = step(declared(), branchRegistered(own));
    expect(registered).toMatchObject({ effects: [], save: 'durable' });
    expect(registered.transaction.wakeAt).toBe(registered.transaction.deadlineAt);
    expect(step(registered.transaction, woken(OVERDUE)).transaction).toBe(registered.transaction);
    expect(effectsOf(step(registered.transaction, cancelRequested()))).toEqual(['send cancel p']);
  });

  test('peer defect 12: one branch for one registration key, however often it is repeated', () => {
    const open = after(declared(), branchRegistered('a'));
    const repeated = step(open, branchRegistered('a', { at: SOON + 5_000 }));
    expect(repeated.transaction).toBe(open);
    expect(repeated).toMatchObject({ effects: [], save: 'none' });
    expect(repeated.rejection).toBeUndefined();
  });

  test('is the same branch whatever the order of its input’s keys', () => {
    const open = oneByOne('a');
    const input = { quantity: 6, sku: '85123A' };
    expect(step(open, branchRegistered(declaration('a', { input }))).rejection).toBeUndefined();
  });

  test('is repeated to whoever lost the answer, after the decision and the end too', () => {
    const cancelling = after(oneByOne('a'), cancelRequested());
    for (const decided of [cancelling, after(cancelling, cancelled('a'))]) {
      const repeated = step(decided, branchRegistered('a'));
      expect(repeated.transaction).toBe(decided);
      expect(repeated.rejection).toBeUndefined();
    }
  });

  test.each([
    { participant: 'coupon' },
    { resource: 'inventory.release' },
    { input: { sku: '85123A', quantity: 7 } },
    { tryBy: 'participant' as const },
  ])('another branch under the same branchId is refused: %j', (other) => {
    const open = oneByOne('a');
    const done = step(open, branchRegistered(declaration('a', other)));
    expect(done.transaction).toBe(open);
    expect(done.rejection?.code).toBe('BRANCH_DIFFERS');
  });

  test('a transaction holds as many branches as the limit says, and not one more', () => {
    const ids = Array.from({ length: BRANCHES_MAX }, (_, i) => `b${i + 1}`);
    const full = oneByOne(...ids);
    expect(full.branches).toHaveLength(32);
    const done = step(full, branchRegistered('b33'));
    expect(done.transaction).toBe(full);
    expect(done.rejection?.code).toBe('BRANCH_LIMIT_REACHED');
    expect(step(full, branchRegistered('b32')).rejection).toBeUndefined();
  });

  test.each([
    ['ALREADY_CONFIRMED', after(oneByOne('a'), tried('a'), confirmRequested(['a']))],
    ['ALREADY_CANCELLED', after(oneByOne('a'), refused('a'))],
  ] as const)('peer defect 15: late registration is refused: %s', (code, decided) => {
    const done = step(decided, branchRegistered('late'));
    expect(done.rejection?.code).toBe(code);
    expect(done.transaction).toBe(decided);
    expect(findBranch(done.transaction, 'late')).toBeUndefined();
  });
});

describe('tried', () => {
  test('I2: a declared transaction confirms with the last yes and not before', () => {
    const twoOfThree = step(after(declared('a', 'b', 'c'), tried('c')), tried('a'));
    expect(twoOfThree).toMatchObject({ transaction: { phase: 'trying' }, effects: [], save: 'none' });
    const all = step(twoOfThree.transaction, tried('b'));
    expect(all).toMatchObject({ transaction: { phase: 'confirming', reason: null }, save: 'durable' });
    expect(effectsOf(all)).toEqual(['send confirm a', 'send confirm b', 'send confirm c']);
  });

  test('one by one, each answer is durable before anybody is told it, and all of them decide nothing', () => {
    const all = step(oneByOne('a'), tried('a', { answer: { held: 6 } }));
    expect(all).toMatchObject({ transaction: { phase: 'trying' }, effects: [], save: 'durable' });
    expect(findBranch(all.transaction, 'a')?.try).toMatchObject({ state: 'tried', answer: { held: 6 } });
  });

  test('the first answer stands', () => {
    const open = after(oneByOne('a'), tried('a', { answer: 1 }));
    expect(step(open, tried('a', { answer: 2 })).transaction).toBe(open);
    expect(step(open, refused('a')).transaction).toBe(open);
  });

  test('an answer after a failure is an answer', () => {
    expect(after(declared('a'), failed('a', 'try'), tried('a')).phase).toBe('confirming');
  });

  test.each([tried('unknown'), refused('unknown'), confirmed('unknown'), cancelled('unknown')])(
    'of a branch that nobody registered changes nothing: $type',
    (event) => {
      const open = declared('a');
      expect(step(open, event).transaction).toBe(open);
    },
  );

  test('an answer that was taken out of the timers leaves only the others in them', () => {
    const open = after(declared('a', 'b'), failed('a', 'try'));
    expect(open.wakeAt).toBe(findBranch(open, 'a')?.try.nextAt);
    const answered = after(open, tried('a'));
    expect(answered.wakeAt).toBe(findBranch(open, 'b')?.try.nextAt);
  });
});

describe('refused', () => {
  test('cancels at once, with the branch as the reason, and keeps what was said', () => {
    const done = step(declared('a', 'b'), refused('b'));
    expect(done.transaction).toMatchObject({
      phase: 'cancelling',
      decidedAt: SOON,
      reason: { code: 'OUT_OF_STOCK', message: '85123A is sold out.', branchId: 'b' },
    });
    expect(findBranch(done.transaction, 'b')?.try).toMatchObject({
      state: 'refused',
      refusal: { code: 'OUT_OF_STOCK', message: '85123A is sold out.' },
      nextAt: null,
    });
  });

  test('I3: the first refusal is the reason, whatever is refused after it', () => {
    const cancelling = after(declared('a', 'b'), refused('b'));
    expect(step(cancelling, refused('a', { code: 'TOO_LATE' })).transaction).toBe(cancelling);
  });
});

describe('a report by the participant itself', () => {
  const open = oneByOne(own, 'c');
  const yes = after(open, tried('p', reported));

  test.each([
    ['a yes', open, tried('p', reported), 'tried/none', undefined],
    ['a no', open, refused('p', reported), 'refused/pending', undefined],
    ['of a branch that is not registered', open, tried('x', reported), '', 'BRANCH_NOT_FOUND'],
    ['a no of a branch that is not registered', open, refused('x', reported), '', 'BRANCH_NOT_FOUND'],
    ['of a branch that the coordinator tries', open, tried('c', reported), '', 'REPORT_NOT_EXPECTED'],
    ['a no where yes was said', yes, refused('p', reported), 'tried/none', 'REPORT_DIFFERS'],
    [
      'a yes where no was said',
      after(open, refused('p', reported)),
      tried('p', reported),
      'refused/pending',
      'REPORT_DIFFERS',
    ],
    [
      'that comes after the decision',
      after(open, cancelRequested()),
      tried('p', reported),
      'pending/pending',
      'ALREADY_CANCELLED',
    ],
  ] as const)('%s', (_, before, event, state, code) => {
    const done = step(before, event);
    expect(done.rejection?.code).toBe(code);
    if (code) expect(done.transaction).toBe(before);
    if (state) expect(stateOf(done.transaction, 'p')).toBe(state);
  });

  test.each<[string, Transaction]>([
    ['while trying', yes],
    ['after the decision', after(yes, tried('c'), confirmRequested(['p', 'c']))],
  ])('repeated %s is acknowledged again', (_, before) => {
    const repeated = step(before, tried('p', reported));
    expect(repeated.transaction).toBe(before);
    expect(repeated.rejection).toBeUndefined();
  });

  test('is durable before it is acknowledged', () => {
    expect(step(open, tried('p', reported)).save).toBe('durable');
  });
});
