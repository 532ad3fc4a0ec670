import fc from 'fast-check';
import type { Transaction } from '@holdfast/core';
import { decisionOf } from '@holdfast/core';
import { BranchRefused, OutcomeUnknown, ProblemError } from './errors.js';
import { FAULTS } from './fake-coordinator.suite.js';
import type { Answer, FakeCoordinator } from './fake-coordinator.suite.js';
import type { OpenTransaction } from './interactive.js';
import type { Outcome } from './outcome.js';
import { ReserveStock, SOLD_OUT, YES, setUp, stock } from './samples.suite.js';
import type { TccClient } from './tcc-client.js';

const BUG = new Error('a bug of the initiator');
const KEY = 'basket-1';

type Told = 'confirmed' | 'cancelled' | 'failed' | 'unknown';

const ANSWERS: Record<string, Answer> = { yes: YES, no: { refused: SOLD_OUT }, silent: 'silent' };

const scenarios = fc.record({
  mode: fc.constantFrom('declared', 'interactive', 'registered'),
  branches: fc.array(fc.constantFrom('yes', 'yes', 'yes', 'no', 'silent'), { minLength: 1, maxLength: 3 }),
  faults: fc.array(fc.constantFrom(...FAULTS), { maxLength: 16 }),
  /** The deadline passes right before this request is acted upon. */
  expireAt: fc.option(fc.integer({ min: 1, max: 14 })),
  functionThrows: fc.boolean(),
  wait: fc.constantFrom('decided', 'ended'),
  giveUpAfter: fc.constantFrom('100ms', '1s', '20s'),
});
type Scenario = typeof scenarios extends fc.Arbitrary<infer T> ? T : never;

/** Tries all branches at once, whatever becomes of each, so that refusals and late answers cross. */
function workOf(scenario: Scenario, tcc: TccClient) {
  return async (t: OpenTransaction) => {
    const input = { orderNo: 'A-1' };
    await Promise.all(
      scenario.branches.map(async (answer) => {
        if (scenario.mode === 'interactive') return t.try(ReserveStock, input);
        const ref = t.delegate(ReserveStock);
        const { outcome } = await tcc.registerBranch(ref, ReserveStock, input, async () =>
          answer === 'yes' ? { outcome: 'tried', answer: YES.tried } : { outcome: 'refused', ...SOLD_OUT },
        );
        if (outcome === 'refused') throw new BranchRefused(ref.branchId, SOLD_OUT.code, SOLD_OUT.message);
      }),
    );
    if (scenario.functionThrows) throw BUG;
  };
}

function arrange({ branches, faults, expireAt }: Scenario, fake: FakeCoordinator): void {
  let tries = 0;
  fake.answer = () => ANSWERS[branches[tries++] ?? 'yes'] as Answer;
  fake.faults = [...faults];
  fake.holdMsMax = 0;
  fake.beforeRequest = (count) => {
    if (count === expireAt) fake.expireAll();
  };
}

function run(scenario: Scenario, tcc: TccClient): Promise<Outcome> {
  const { wait, giveUpAfter } = scenario;
  const options = { name: 'checkout', idempotencyKey: KEY, wait, giveUpAfter } as const;
  return scenario.mode === 'declared'
    ? tcc.run(
        options,
        scenario.branches.map(() => stock()),
      )
    : tcc.run(options, workOf(scenario, tcc));
}

/** Whether what a run came to is true, by the durable state of its transaction. */
function expectTrue(told: unknown, transaction: Transaction | undefined): Told {
  const decision = transaction && decisionOf(transaction);
  if (told instanceof OutcomeUnknown) return 'unknown';
  if (told instanceof Error) {
    // The function's error is thrown on, or the coordinator turned something down: nothing is or will be confirmed.
    expect(told === BUG || told instanceof ProblemError).toBe(true);
    expect(decision ?? 'cancel').toBe('cancel');
    return 'failed';
  }
  const { xid, outcome, reason } = told as Outcome;
  // What is not decided has no outcome to tell.
  expect({ xid, outcome, reason }).toEqual({
    xid: transaction?.xid,
    outcome: decision && { confirm: 'confirmed', cancel: 'cancelled' }[decision],
    reason: transaction?.reason,
  });
  return outcome;
}

/** 300 scenarios of real HTTP with its faults take half a minute on cores that are busy with other tests. */
const RUN_MS_MAX = 180_000;

test(
  'I11, peer defect 19: what is told is the durable decision, or that it is unknown, whatever goes wrong',
  async () => {
    const seen = new Map<Told, number>();
    const runScenario = async (scenario: Scenario) => {
      const setup = await setUp();
      const { fake, tcc } = setup;
      const told = () => run(scenario, tcc).catch((error: unknown) => error);
      try {
        arrange(scenario, fake);
        const first = expectTrue(await told(), fake.transaction(KEY));
        seen.set(first, (seen.get(first) ?? 0) + 1);
        if (first !== 'unknown') return;
        // What was unknown is told to whoever asks again once the faults are over.
        fake.faults = [];
        fake.answer = () => YES;
        fake.expireAll();
        expect(expectTrue(await told(), fake.transaction(KEY))).not.toBe('unknown');
      } finally {
        await setup.tearDown();
      }
    };
    await fc.assert(fc.asyncProperty(scenarios, runScenario), { numRuns: 300 });
    // Each way out was taken, or the property says nothing about it.
    expect([...seen.keys()].sort()).toEqual(['cancelled', 'confirmed', 'failed', 'unknown']);
  },
  RUN_MS_MAX,
);
