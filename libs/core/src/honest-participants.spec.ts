import type { FenceState } from '@holdfast/protocol';
import fc from 'fast-check';
import type { Event } from './event.js';
import type { Step } from './step.js';
import { decisionOf } from './transaction.js';
import type { Transaction } from './transaction.js';
import { transition } from './transition.js';
import {
  BEGAN_AT,
  DEADLINE_AT,
  adopted,
  branchRegistered,
  cancelRequested,
  cancelled,
  confirmRequested,
  confirmed,
  contradiction,
  coolingBeginning,
  declaration,
  failed,
  refused,
  tried,
  woken,
} from './samples.suite.js';

/**
 * One coordinator and participants that follow the fence's verdicts, over a channel that loses, repeats and reorders.
 * The coordinator crashes and comes back with what was durable; handlers fail; the initiator asks whenever it likes.
 */

type Operation = 'try' | 'confirm' | 'cancel';
type Message =
  { to: 'participant'; operation: Operation; branchId: string } | { to: 'coordinator'; event: Event };

interface Plan {
  branchId: string;
  refuses: boolean;
  triesByItself: boolean;
}

class World {
  readonly channel: Message[] = [];
  readonly fences = new Map<string, FenceState | 'absent'>();
  /** The decisions that were ever durable. */
  readonly decisions = new Set<string>();
  now = BEGAN_AT;
  #memory: Transaction;
  #disk: Transaction;

  constructor(
    readonly plans: readonly Plan[],
    isDeclared: boolean,
    notBefore: number | null,
  ) {
    const branches = plans.map(({ branchId, triesByItself }) =>
      declaration(branchId, { tryBy: triesByItself ? 'participant' : 'coordinator' }),
    );
    const begun = coolingBeginning(notBefore, ...(isDeclared ? branches : []));
    this.#memory = this.#disk = begun.transaction;
    this.#carryOut(begun);
    if (!isDeclared) branches.forEach((branch) => this.happen(branchRegistered(branch)));
    for (const { branchId, triesByItself } of plans) {
      this.fences.set(branchId, 'absent');
      if (triesByItself) this.channel.push({ to: 'participant', operation: 'try', branchId });
    }
  }

  get transaction(): Transaction {
    return this.#memory;
  }

  /** What is durable is saved before anything leaves; an end may be lost, so the disk never gets it here. */
  #carryOut({ transaction, save, effects }: Step): void {
    this.#memory = transaction;
    if (save === 'durable') this.#disk = transaction;
    const decision = decisionOf(this.#disk);
    if (decision) this.decisions.add(decision);
    for (const effect of effects) {
      if (effect.type === 'send' && effect.operation !== 'force')
        this.channel.push({ to: 'participant', operation: effect.operation, branchId: effect.branchId });
    }
  }

  happen(event: Event): void {
    this.#carryOut(transition(this.#memory, { ...event, at: this.now }));
  }

  crash(): void {
    this.#memory = this.#disk;
    this.happen(adopted(this.now));
  }

  deliver(message: Message, handlerFails: boolean): void {
    if (message.to === 'coordinator') return this.happen(message.event);
    const { branchId, operation } = message;
    const event = handlerFails ? failed(branchId, operation) : this.#execute(operation, branchId);
    this.channel.push({ to: 'coordinator', event });
  }

  /** What the fence's table says of the command. */
  #execute(operation: Operation, branchId: string): Event {
    const plan = this.plans.find((each) => each.branchId === branchId);
    const report = { reported: plan?.triesByItself ?? false };
    const fence = this.fences.get(branchId) ?? 'absent';
    if (operation === 'try') {
      if (fence === 'absent') {
        const isRefused = plan?.refuses || this.now >= DEADLINE_AT;
        this.fences.set(branchId, isRefused ? 'refused' : 'tried');
      }
      return ['tried', 'confirmed'].includes(this.fences.get(branchId) ?? '')
        ? tried(branchId, report)
        : refused(branchId, report);
    }
    if (operation === 'confirm') {
      if (fence !== 'tried' && fence !== 'confirmed') return contradiction(branchId, 'confirm');
      this.fences.set(branchId, 'confirmed');
      return confirmed(branchId);
    }
    if (fence === 'confirmed') return contradiction(branchId, 'cancel', { fence });
    if (fence !== 'refused') this.fences.set(branchId, 'cancelled');
    return cancelled(branchId);
  }
}

type Action =
  | { kind: 'deliver' | 'repeat' | 'lose' | 'fail'; pick: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'wake' | 'crash' | 'confirm' | 'cancel' };

const pick = fc.nat(100);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('deliver' as const), pick }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('repeat', 'lose', 'fail' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(10_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('wake', 'crash' as const) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'confirm' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'cancel' } as const) },
);

function act(world: World, doing: Action): void {
  if ('pick' in doing) {
    const index = doing.pick % Math.max(1, world.channel.length);
    const [message] = doing.kind === 'repeat' ? [world.channel[index]] : world.channel.splice(index, 1);
    if (message && doing.kind !== 'lose') world.deliver(message, doing.kind === 'fail');
  } else if (doing.kind === 'wait') {
    world.now += doing.ms;
  } else if (doing.kind === 'wake') {
    ring(world);
  } else if (doing.kind === 'crash') {
    world.crash();
  } else {
    const ids = world.plans.map((plan) => plan.branchId);
    world.happen(doing.kind === 'confirm' ? confirmRequested(ids) : cancelRequested());
  }
}

function ring(world: World): void {
  world.now = Math.max(world.now, world.transaction.wakeAt ?? 0);
  world.happen(woken(world.now));
}

/** No more faults: everything arrives, timers ring. Says in how many rounds it came to rest. */
function heal(world: World): number {
  for (let round = 1; round <= 100; round++) {
    while (world.channel.length > 0) act(world, { kind: 'deliver', pick: 0 });
    if (world.transaction.endedAt !== null) return round;
    ring(world);
  }
  return Infinity;
}

function checkPromises(world: World): void {
  const fences = [...world.fences.values()];
  if (fences.includes('confirmed')) {
    // I1 and I2 at once: nobody cancelled, and nobody confirmed for whom somebody had not said yes.
    expect(fences.filter((fence) => fence !== 'confirmed' && fence !== 'tried')).toEqual([]);
  }
  const { phase, decidedAt, confirmNotBefore } = world.transaction;
  if (phase.startsWith('confirm')) expect(decidedAt).toBeGreaterThanOrEqual(confirmNotBefore ?? 0);
  expect(world.decisions.size).toBeLessThanOrEqual(1);
  expect(world.transaction.branches.filter((branch) => branch.settle.state === 'contradicted')).toEqual([]);
}

const plans = fc
  .array(fc.record({ refuses: fc.integer({ min: 0, max: 9 }), triesByItself: fc.boolean() }), {
    maxLength: 5,
  })
  .map((given) =>
    given.map(({ refuses, triesByItself }, i) => ({
      branchId: `b${i}`,
      refuses: refuses === 0,
      triesByItself,
    })),
  );

test('I1, I2, I3, I9, I10: honest participants agree, through loss, repetition, reordering and crashes', () => {
  const outcomes = new Map<string, number>();
  fc.assert(
    fc.property(
      plans,
      fc.boolean(),
      fc.oneof(fc.constant(null), fc.nat(120_000)),
      fc.array(action, { maxLength: 80, size: 'max' }),
      (branches, isDeclared, coolsForMs, actions) => {
        const declaredOnes = branches.map((branch) => ({ ...branch, triesByItself: false }));
        const world = new World(
          isDeclared ? declaredOnes : branches,
          isDeclared,
          coolsForMs === null ? null : BEGAN_AT + coolsForMs,
        );
        for (const doing of actions) {
          act(world, doing);
          checkPromises(world);
        }
        expect(heal(world)).toBeLessThan(Infinity);
        checkPromises(world);

        const { phase } = world.transaction;
        const settled = phase === 'confirmed' ? ['confirmed'] : ['cancelled', 'refused'];
        expect([...world.fences.values()].filter((fence) => !settled.includes(fence))).toEqual([]);
        outcomes.set(phase, (outcomes.get(phase) ?? 0) + 1);
      },
    ),
    { numRuns: 500 },
  );
  // A run that only ever cancels would prove little.
  expect(outcomes.get('confirmed')).toBeGreaterThan(50);
  expect(outcomes.get('cancelled')).toBeGreaterThan(50);
});
