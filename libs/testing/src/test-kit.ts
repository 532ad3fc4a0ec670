import type { TccHandler } from '@holdfast/participant';
import type { BranchDefinition } from '@holdfast/protocol';
import { forceSchedules } from './force-schedules.js';
import { ScheduleRun } from './schedule-run.js';
import { REFUSAL_SCHEDULES, SCHEDULES, batchEqualsOneByOne } from './schedules.js';
import type { TestKitOptions } from './test-kit-options.js';

/** A course of events that a handler has to stand. */
export interface Schedule {
  readonly name: string;
  /** @throws Error that tells what went wrong at which step. */
  readonly run: () => Promise<void>;
}

/**
 * The canonical schedules for a handler, each against a real database:
 * `for (const { name, run } of testKit(ReserveStockHandler, { ... })) test(name, run);`
 * A handler that has batch forms goes through all of them twice, with those and without.
 * @param handler the class where it needs no arguments, else an instance.
 */
export function testKit<B extends BranchDefinition>(
  handler: (new () => TccHandler<B>) | TccHandler<B>,
  options: TestKitOptions<B>,
): Schedule[] {
  const instance = typeof handler === 'function' ? new handler() : handler;
  const plain = withoutBatchForms(instance);
  if (!hasBatchForms(instance)) return schedulesOf(options, plain, '');
  return [
    ...schedulesOf(options, plain, ' (one by one)'),
    ...schedulesOf(options, instance, ' (in batches)'),
    comparison(options, instance, plain),
  ];
}

function schedulesOf<B extends BranchDefinition>(
  options: TestKitOptions<B>,
  handler: TccHandler<B>,
  suffix: string,
): Schedule[] {
  const schedule = (name: string, work: (run: ScheduleRun<B>) => Promise<void>): Schedule => ({
    name: name + suffix,
    run: () => running(options, [handler], ([run]) => work(run as ScheduleRun<B>)),
  });
  const canonical = { ...SCHEDULES, ...forceSchedules(handler.forced !== undefined) };
  const schedules = Object.entries(canonical).map(([name, work]) => schedule(name, work));
  if (!options.refusedInput) return schedules;
  const refusedInput = async () => options.refusedInput?.();
  return [
    ...schedules,
    ...Object.entries(REFUSAL_SCHEDULES).map(([name, work]) =>
      schedule(name, (run) => work(run, refusedInput)),
    ),
  ];
}

function comparison<B extends BranchDefinition>(
  options: TestKitOptions<B>,
  inBatches: TccHandler<B>,
  oneByOne: TccHandler<B>,
): Schedule {
  return {
    name: 'a batch answers what its items would get one by one',
    run: () =>
      running(options, [inBatches, oneByOne], async ([batches, singles]) => {
        const extra = options.refusedInput ? [await options.refusedInput()] : [];
        await batchEqualsOneByOne(batches as ScheduleRun<B>, singles as ScheduleRun<B>, extra);
      }),
  };
}

async function running<B extends BranchDefinition>(
  options: TestKitOptions<B>,
  handlers: readonly TccHandler<B>[],
  work: (runs: readonly ScheduleRun<B>[]) => Promise<void>,
): Promise<void> {
  const runs: ScheduleRun<B>[] = [];
  try {
    for (const handler of handlers) runs.push(await ScheduleRun.start(options, handler));
    await work(runs);
  } finally {
    await Promise.all(runs.map((run) => run.stop()));
  }
}

const BATCH_FORMS = ['tryMany', 'confirmMany', 'cancelMany'] as const;

function hasBatchForms(handler: TccHandler<BranchDefinition>): boolean {
  return BATCH_FORMS.some((form) => handler[form] !== undefined);
}

/** The same handler as if it had its plain methods only. */
function withoutBatchForms<B extends BranchDefinition>(handler: TccHandler<B>): TccHandler<B> {
  return new Proxy(handler, {
    get(target, key) {
      if (BATCH_FORMS.some((form) => form === key)) return undefined;
      const value: unknown = Reflect.get(target, key);
      // Bound, because private fields are not there on a proxy; the class itself carries the mark of its branch.
      return typeof value === 'function' && key !== 'constructor' ? (value.bind(target) as unknown) : value;
    },
  });
}
