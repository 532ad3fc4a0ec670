import { transition } from '@holdfast/core';
import type { Effect, RetryPolicy, Step, Transaction } from '@holdfast/core';
import type { AuditRecord, StoredTransaction, TransactionStore } from '@holdfast/store';
import type { CommandPublisher } from './command-publisher.js';
import { EarlyConfirms } from './early-confirms.js';
import type { EngineObserver } from './engine-observer.js';
import type { Held, HeldTransactions } from './held-transactions.js';
import type { Input, InputResult } from './input.js';
import type { Waiters } from './waiters.js';

/** The most inputs that one round takes. */
const ROUND_INPUTS_MAX = 2_000;

/** What a round does with one transaction. */
interface Touched {
  readonly held: Held;
  /** How many events were known and not saved before this round. */
  readonly unsavedBefore: number;
  readonly inputs: { readonly input: Input; readonly step: Step; readonly changed: boolean }[];
  readonly effects: Effect[];
  changed: boolean;
  mustSave: boolean;
}

/** Effects of a step that stands in the database. */
interface Sendable {
  readonly transaction: Transaction;
  readonly effects: readonly Effect[];
}

function touch(held: Held): Touched {
  return {
    held,
    unsavedBefore: held.unsaved.length,
    inputs: [],
    effects: [],
    changed: false,
    mustSave: false,
  };
}

/** What operators did by a round's inputs, each with what came of it. */
function auditOf({ inputs }: Touched): AuditRecord[] {
  return inputs.flatMap(({ input: { xid, audit }, step, changed }) => {
    if (!audit) return [];
    return { ...audit, xid, result: step.rejection?.code ?? (changed ? 'applied' : 'unchanged') };
  });
}

/**
 * Carries events into transactions, in rounds: load what is not in memory, decide, save what has to be durable in one
 * statement, and only then send. One round runs at a time; what arrives meanwhile is the next, so rounds fill
 * themselves when there is much to do and start at once when there is little.
 */
export class Engine {
  private queue: Input[] = [];
  /** Ends whose event the bus has acknowledged, waiting for the next save. */
  private publishedEnds: Held[] = [];
  private running: Promise<void> | undefined;
  private readonly early = new EarlyConfirms((inputs) => this.enqueue(inputs));

  constructor(
    private readonly store: Pick<TransactionStore, 'load' | 'save' | 'isHolder' | 'audit'>,
    private readonly publisher: CommandPublisher,
    private readonly held: HeldTransactions,
    private readonly waiters: Waiters,
    private readonly observer: EngineObserver,
    private readonly policy: RetryPolicy,
  ) {}

  /** Hands in events; each input is settled once what it changed is as durable as it has to be. */
  enqueue(inputs: readonly Input[]): void {
    for (const input of inputs) this.queue.push(input);
    this.start();
  }

  /** Hands in one event of somebody who waits for what comes of it; an operator's with its record and guard. */
  apply(xid: string, event: Input['event'], more: Pick<Input, 'audit' | 'guard'> = {}): Promise<InputResult> {
    return new Promise((settle) => this.enqueue([{ xid, event, settle, ...more }]));
  }

  /** Takes in transactions that were just begun here, and sends their first commands. */
  begun(steps: readonly Sendable[]): void {
    for (const { transaction } of steps) this.held.put({ transaction, version: 1, holder: null }, false);
    this.send(steps);
  }

  /** Takes in transactions that were just claimed. Their previous holder's unsaved answers are lost: ask again. */
  claimed(claims: readonly StoredTransaction[], at: number): void {
    for (const claim of claims) this.held.put(claim, false);
    this.enqueue(claims.map(({ transaction }) => ({ xid: transaction.xid, event: { type: 'adopted', at } })));
  }

  /** Resolves when nothing is queued or waits for its time, no round runs, and what rounds gave is published. */
  async idle(): Promise<void> {
    do {
      while (this.running ?? this.early.decided) await (this.running ?? this.early.decided);
      await this.publisher.idle();
    } while (this.running);
  }

  private start(): void {
    // The next turn of the event loop: what arrives in this one shares the round.
    this.running ??= new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.runRounds())
      .finally(() => {
        this.running = undefined;
        if (this.queue.length > 0 || this.publishedEnds.length > 0) this.start();
      });
  }

  private async runRounds(): Promise<void> {
    while (this.queue.length > 0 || this.publishedEnds.length > 0) {
      const inputs = this.queue.splice(0, ROUND_INPUTS_MAX);
      const ends = this.publishedEnds.splice(0);
      await this.round(inputs, ends);
    }
  }

  private async round(inputs: readonly Input[], ends: readonly Held[]): Promise<void> {
    const startedAt = performance.now();
    const decided = await this.loadAndDecide(inputs);
    const toSave: Touched[] = [];
    const toSettle: Touched[] = [];
    const ended: Held[] = [];
    for (const touched of decided) {
      const { held } = touched;
      if (held.current.endedAt !== null && held.saved.endedAt === null) {
        ended.push(held);
        toSettle.push(touched);
      } else if (touched.mustSave || (held.foreign && touched.changed)) {
        toSave.push(touched);
      } else {
        toSettle.push(touched);
        // What is another's and has not changed is not kept: its holder may change it any time.
        if (held.foreign) this.held.drop(held.saved.xid);
      }
    }
    await this.settleUnsaved(toSettle);
    this.publishEnds(ended);
    await this.save([...toSave, ...ends.map(touch)]);
    this.observer.round(inputs.length, toSave.length + ends.length, performance.now() - startedAt);
  }

  private async loadAndDecide(inputs: readonly Input[]): Promise<Touched[]> {
    try {
      const loaded = await this.loadMissing(inputs);
      const touched = this.decide(inputs);
      return await this.withoutStale(touched, loaded);
    } catch (error) {
      for (const { xid, settle } of inputs) {
        this.held.drop(xid);
        settle?.({ type: 'failed', error: error as Error });
      }
      return [];
    }
  }

  private async loadMissing(inputs: readonly Input[]): Promise<ReadonlySet<string>> {
    const missing = new Set<string>();
    for (const { xid } of inputs) if (!this.held.get(xid)) missing.add(xid);
    for (const row of await this.store.load([...missing])) this.held.put(row, !this.store.isHolder(row));
    return missing;
  }

  /**
   * Nobody is turned down from memory alone, and no operator is told that there is nothing to do: another coordinator
   * may have saved the transaction since, which only a save would notice. What is found to be stale is decided again.
   */
  private async withoutStale(touched: Touched[], loaded: ReadonlySet<string>): Promise<Touched[]> {
    const doubtful = touched.filter(
      ({ held, inputs }) =>
        !loaded.has(held.saved.xid) &&
        inputs.some(({ input, step, changed }) => step.rejection || (input.audit && !changed)),
    );
    const rows = await this.store.load(doubtful.map(({ held }) => held.saved.xid));
    const versions = new Map(rows.map(({ transaction, version }) => [transaction.xid, version]));
    const stale = new Set(doubtful.filter(({ held }) => versions.get(held.saved.xid) !== held.version));
    for (const each of stale) this.decideAgain(each);
    return stale.size === 0 ? touched : touched.filter((each) => !stale.has(each));
  }

  private decide(inputs: readonly Input[]): Touched[] {
    const touched = new Map<string, Touched>();
    const deferred: Input[] = [];
    for (const input of inputs) {
      const held = this.held.get(input.xid);
      if (!held) {
        input.settle?.({ type: 'notFound' });
        continue;
      }
      // What comes after a decision waits until that is saved: no end may be announced of what is not decided.
      if (held.current.decidedAt !== null && held.saved.decidedAt === null) {
        deferred.push(input);
        continue;
      }
      let entry = touched.get(input.xid);
      if (!entry) touched.set(input.xid, (entry = touch(held)));
      const step = this.step(held, input);
      if (!step) continue;
      entry.inputs.push({ input, step, changed: step.transaction !== held.current });
      entry.effects.push(...step.effects);
      if (step.transaction !== held.current) {
        entry.changed = true;
        held.current = step.transaction;
        held.unsaved.push(input.event);
      }
      if (step.save !== 'none') entry.mustSave = true;
    }
    this.queue.unshift(...deferred);
    return [...touched.values()];
  }

  /** An assertion in the core that fails stops that transaction, not the process. */
  private step(held: Held, input: Input): Step | undefined {
    try {
      const step = transition(held.current, input.event, this.policy);
      const rejection = step.transaction === held.current ? undefined : input.guard?.(held.saved);
      return rejection ? { transaction: held.current, effects: [], save: 'none', rejection } : step;
    } catch (error) {
      const what = `a transaction cannot take ${input.event.type}`;
      this.observer.failed(what, error as Error, input.xid);
      input.settle?.({ type: 'failed', error: error as Error });
      return undefined;
    }
  }

  private async save(toSave: readonly Touched[]): Promise<void> {
    if (toSave.length === 0) return;
    const items = toSave.map((touched) => {
      const { saved, version, current: next } = touched.held;
      const audit = auditOf(touched);
      return { saved, version, next, audit: audit.length > 0 ? audit : undefined };
    });
    try {
      const { saved, rejected } = await this.store.save(items);
      const errors = new Map(rejected.map(({ item, error }) => [item.next.xid, error]));
      const standing: Sendable[] = [];
      for (const touched of toSave) {
        const { xid } = touched.held.saved;
        const error = errors.get(xid);
        if (saved.has(xid)) standing.push(this.standing(touched));
        else if (error) this.setAside(touched, error);
        else if (EarlyConfirms.mayBe(touched.held)) this.early.add(this.takeBack(touched));
        else this.decideAgain(touched);
      }
      this.send(standing);
    } catch (error) {
      // A save of unknown result counts as lost: the rows are read again before anything is decided on them.
      for (const touched of toSave) this.setAside(touched, error as Error);
    }
  }

  /** A save came through. */
  private standing(touched: Touched): Sendable {
    const { held } = touched;
    const endsNow = held.saved.endedAt === null && held.current.endedAt !== null;
    held.saved = held.current;
    held.version += 1;
    held.unsaved.length = 0;
    held.foreign = false;
    if (held.saved.endedAt !== null) {
      this.held.drop(held.saved.xid);
      if (endsNow) this.observer.ended(held.saved);
    }
    this.waiters.notify(held.saved, held.version);
    this.settle(touched);
    return { transaction: held.saved, effects: touched.effects };
  }

  /** A newer state stands in the row: what is known here is decided again on that. */
  private decideAgain(touched: Touched): void {
    this.queue.unshift(...this.takeBack(touched));
  }

  /** Forgets a transaction whose save was lost. @returns all that was known of it and is not saved. */
  private takeBack({ held, inputs, unsavedBefore }: Touched): Input[] {
    const { xid } = held.saved;
    this.held.drop(xid);
    this.observer.lostSave();
    const earlier = held.unsaved.slice(0, unsavedBefore).map((event) => ({ xid, event }));
    return [...earlier, ...inputs.map(({ input }) => input)];
  }

  private setAside({ held, inputs }: Touched, error: Error): void {
    const { xid } = held.saved;
    this.held.drop(xid);
    this.observer.failed('a transaction could not be saved', error, xid);
    for (const { input } of inputs) input.settle?.({ type: 'failed', error });
  }

  /** What operators asked for is kept even where it came to nothing. */
  private async settleUnsaved(touched: readonly Touched[]): Promise<void> {
    const audited = touched.filter((each) => each.inputs.some(({ input }) => input.audit));
    for (const each of touched) if (!audited.includes(each)) this.settle(each);
    if (audited.length === 0) return;
    try {
      await this.store.audit(audited.flatMap(auditOf));
      for (const each of audited) this.settle(each);
    } catch (error) {
      for (const each of audited) this.setAside(each, error as Error);
    }
  }

  private settle({ held, inputs }: Touched): void {
    for (const { input, step } of inputs) {
      input.settle?.({ type: 'applied', transaction: held.saved, rejection: step.rejection });
    }
  }

  private send(steps: readonly Sendable[]): void {
    const messages = steps.flatMap(({ transaction, effects }) =>
      this.publisher.messages(transaction, effects),
    );
    // Nobody waits for it: the row's wake_at sends again what does not arrive.
    this.publisher
      .publish(messages)
      .catch((error: Error) => this.observer.failed('commands were not sent', error));
  }

  private publishEnds(ended: readonly Held[]): void {
    const fresh = ended.filter((held) => !held.publishingEnd);
    if (fresh.length === 0) return;
    for (const held of fresh) held.publishingEnd = true;
    this.publisher.publishEnded(fresh.map((held) => held.current)).then(
      () => {
        this.publishedEnds.push(...fresh);
        this.start();
      },
      (error: Error) => {
        // Forgotten here, it is claimed when its row is due, asks once more, and ends again.
        for (const held of fresh) this.held.drop(held.current.xid);
        this.observer.failed('ends were not announced', error);
      },
    );
  }
}
