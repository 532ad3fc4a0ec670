import { ANSWER_BYTES_MAX, type BranchDefinition } from '@holdfast/protocol';
import { z } from 'zod';
import type { BranchCommand } from './branch-command.js';
import { HandlerBranchContext, HandlerContext } from './handler-context.js';
import type { ForceEvidence, SettleItem, TccHandler, TryItem } from './handler.js';
import { HandlerFailed, TimedOut } from './handler-failures.js';
import { Refusal, refused } from './refusal.js';
import { TimeLimitPassed } from './sql-failures.js';
import type { SqlTransaction } from './sql-transaction.js';
import { markOf } from './tcc-resource.js';

/** A claimed command with what its handler gets. */
export interface Work<Item> {
  readonly command: BranchCommand;
  readonly item: Item;
}
export type TryWork = Work<TryItem<BranchDefinition>>;
export type SettleWork = Work<SettleItem<BranchDefinition>>;
export type ForceWork = Work<SettleItem<BranchDefinition> & { readonly evidence: ForceEvidence }>;

/** What a Try came to: a reservation as JSON, or a refusal. */
export type TryAnswer = { readonly reservation: unknown; readonly json: string } | Refusal;

// Released and set again by one statement, so that a thousand Tries do not nest a thousand savepoints.
const SAVEPOINT = 'savepoint holdfast_try';
const NEXT_SAVEPOINT = 'release savepoint holdfast_try; savepoint holdfast_try';
const TO_SAVEPOINT = 'rollback to savepoint holdfast_try';

/** Calls one user's handler: its batch forms where it has them, else one branch after another, each within its time. */
export class ResourceHandler {
  readonly definition: BranchDefinition;
  readonly #handler: TccHandler<BranchDefinition>;
  readonly #limitMs: number;

  constructor(handler: TccHandler<BranchDefinition>, limitMs: number) {
    const { definition, options } = markOf(handler);
    this.definition = definition;
    this.#handler = handler;
    this.#limitMs = options.handlerTimeoutMs ?? limitMs;
  }

  get resource(): string {
    return this.definition.resource;
  }

  /** How long one call may take, in milliseconds. */
  get limitMs(): number {
    return this.#limitMs;
  }

  /** Whether one call takes a whole group. */
  takesMany(operation: BranchCommand['operation']): boolean {
    return operation !== 'force' && this.#handler[`${operation}Many`] !== undefined;
  }

  /** The input as the handler gets it, or the refusal of what does not fit the branch's schema. */
  inputOf(command: BranchCommand): { readonly input: unknown } | Refusal {
    const parsed = this.definition.input.safeParse(command.input);
    return parsed.success ? { input: parsed.data } : refused('INVALID_INPUT', z.prettifyError(parsed.error));
  }

  async try(tx: SqlTransaction, works: readonly TryWork[]): Promise<TryAnswer[]> {
    const answers = this.#handler.tryMany ? await this.#tryMany(tx, works) : await this.#tryEach(tx, works);
    return answers.map((answer) => (Refusal.is(answer) ? answer : this.#reservation(answer)));
  }

  async settle(
    tx: SqlTransaction,
    operation: 'confirm' | 'cancel',
    works: readonly SettleWork[],
  ): Promise<void> {
    if (this.#handler[`${operation}Many`]) {
      const items = works.map(({ item }) => item);
      const ctx = new HandlerContext(tx);
      await this.#call(tx, works, async () => this.#handler[`${operation}Many`]?.(ctx, items));
      return;
    }
    for (const work of works) {
      const { xid, branchId, reservation } = work.item;
      const ctx = new HandlerBranchContext(tx, xid, branchId);
      await this.#call(tx, [work], async () => this.#handler[operation](ctx, reservation));
    }
  }

  /** Lets the handler settle what a forced branch holds. @returns false if it has no such method. */
  async forced(tx: SqlTransaction, { command, item }: ForceWork): Promise<boolean> {
    if (!this.#handler.forced) return false;
    const { xid, branchId, reservation, evidence } = item;
    const ctx = new HandlerBranchContext(tx, xid, branchId);
    await this.#call(tx, [{ command, item }], async () => this.#handler.forced?.(ctx, reservation, evidence));
    return true;
  }

  async #tryMany(tx: SqlTransaction, works: readonly TryWork[]): Promise<readonly unknown[]> {
    const items = works.map(({ item }) => item);
    const ctx = new HandlerContext(tx);
    const answers: readonly unknown[] | undefined = await this.#call(tx, works, async () =>
      this.#handler.tryMany?.(ctx, items),
    );
    if (answers?.length !== works.length)
      throw new HandlerFailed(new Error(`tryMany gave ${answers?.length} answers for ${works.length} items`));
    return answers;
  }

  async #tryEach(tx: SqlTransaction, works: readonly TryWork[]): Promise<unknown[]> {
    const answers: unknown[] = [];
    for (const work of works) {
      await tx.run(answers.length === 0 ? SAVEPOINT : NEXT_SAVEPOINT);
      const { xid, branchId, input } = work.item;
      const ctx = new HandlerBranchContext(tx, xid, branchId);
      const answer = await this.#call(tx, [work], async () => this.#handler.try(ctx, input));
      if (Refusal.is(answer)) await tx.run(TO_SAVEPOINT);
      answers.push(answer);
    }
    return answers;
  }

  /** @throws TimedOut, or HandlerFailed with what the handler threw. */
  async #call<T>(tx: SqlTransaction, works: readonly Work<unknown>[], call: () => Promise<T>): Promise<T> {
    try {
      return await tx.within(this.#limitMs, call);
    } catch (error) {
      if (!(error instanceof TimeLimitPassed)) throw new HandlerFailed(error);
      const [only, ...others] = works;
      throw new TimedOut('HANDLER_TIMEOUT', error, others.length === 0 ? only?.command : undefined);
    }
  }

  /** What the handler promised to give: a mistake here is found before it is stored and answered. */
  #reservation(answer: unknown): TryAnswer {
    const parsed = this.definition.reservation.safeParse(answer);
    if (!parsed.success)
      throw new HandlerFailed(
        new Error(`Try's answer does not fit the reservation: ${z.prettifyError(parsed.error)}`),
      );
    const json = JSON.stringify(parsed.data);
    if (json === undefined) throw new HandlerFailed(new Error('Try gave an answer that JSON cannot hold'));
    if (Buffer.byteLength(json) > ANSWER_BYTES_MAX)
      throw new HandlerFailed(new Error(`Try's answer is longer than ${ANSWER_BYTES_MAX} bytes`));
    return { reservation: parsed.data, json };
  }
}
