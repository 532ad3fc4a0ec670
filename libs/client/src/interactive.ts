import { inspect } from 'node:util';
import { Code, cleanText, problem } from '@holdfast/protocol';
import type {
  BranchDefinition,
  BranchState,
  CancelRequest,
  InputGiven,
  Reservation,
} from '@holdfast/protocol';
import type { BranchOptions, BranchRef } from './branch-call.js';
import { BranchNames } from './branch-names.js';
import type { BranchAnswer, Coordinator, KnownErrand, TransactionAnswer, WaitFor } from './coordinator.js';
import { BranchRefused, OutcomeUnknown, ProblemError } from './errors.js';
import { unknown } from './exchange.js';

/** An open transaction, as the function given to `tcc.run` gets it. */
export interface OpenTransaction {
  readonly xid: string;

  /**
   * Adds a branch, has its participant try it, and resolves to the reservation. A Try that throws keeps the
   * transaction from being confirmed, even if the function catches it or never awaited it.
   * @throws BranchRefused if the participant said no; from then on the transaction is cancelled.
   * @throws ProblemError if the coordinator turned the branch down; `ALREADY_CANCELLED` if the deadline has passed or
   * another branch was refused.
   * @throws OutcomeUnknown if no answer was to be had; the run then cancels.
   * @throws ZodError if the reservation does not fit the definition.
   */
  try<B extends BranchDefinition>(
    definition: B,
    input: InputGiven<B>,
    options?: BranchOptions,
  ): Promise<Reservation<B>>;

  /**
   * Names a branch that a service called directly will register by itself (`tcc.registerBranch`). Pass the result on
   * with the call. Confirm then insists that this branch stands, too.
   */
  delegate(definition: BranchDefinition, options?: BranchOptions): BranchRef;
}

/** A transaction whose branches come one by one. */
export class InteractiveTransaction implements OpenTransaction {
  readonly xid: string;
  readonly #names = new BranchNames();
  /** The branches that confirm means: if others stand, somebody has added what this initiator does not know of. */
  readonly #meant = new Set<string>();
  readonly #tries: Promise<unknown>[] = [];

  constructor(
    private readonly coordinator: Coordinator,
    private readonly errand: KnownErrand,
    private readonly wait: WaitFor,
  ) {
    this.xid = errand.xid;
  }

  try<B extends BranchDefinition>(
    definition: B,
    input: InputGiven<B>,
    options: BranchOptions = {},
  ): Promise<Reservation<B>> {
    const branchId = this.#names.nameFor(definition.resource, options.branchId);
    const tried = this.#try(definition, input, branchId);
    // A Try that is refused before anybody awaits it must not bring the process down.
    tried.catch(() => {});
    this.#tries.push(tried);
    return tried;
  }

  delegate(definition: BranchDefinition, options: BranchOptions = {}): BranchRef {
    const branchId = this.#names.nameFor(definition.resource, options.branchId);
    this.#meant.add(branchId);
    return { xid: this.xid, branchId };
  }

  /** Confirms if `work` returns and cancels if it throws. Rejects with its error only if that is what cancelled. */
  async settle(work: (t: OpenTransaction) => Promise<unknown>): Promise<TransactionAnswer> {
    try {
      await work(this);
      // Also those that the function did not wait for: only if every branch said yes is anything confirmed (I2).
      await Promise.all(this.#tries);
    } catch (error) {
      return this.#cancelFor(error);
    }
    try {
      return await this.coordinator.confirm(this.errand, [...this.#meant], this.wait);
    } catch (error) {
      // Turned down, so it is not confirmed. What is unknown stays so: it may be confirmed.
      if (error instanceof ProblemError) return this.#cancelFor(error);
      throw error;
    }
  }

  async #try<B extends BranchDefinition>(
    definition: B,
    input: InputGiven<B>,
    branchId: string,
  ): Promise<Reservation<B>> {
    const { participant, resource } = definition;
    const branch = await this.coordinator.registerBranch(this.errand, {
      branchId,
      participant,
      resource,
      input,
    });
    requireYes(this.errand, branchId, branch);
    this.#meant.add(branchId);
    return definition.reservation.parse(branch.answer) as Reservation<B>;
  }

  async #cancelFor(error: unknown): Promise<TransactionAnswer> {
    const transaction = await this.#cancel(error);
    const cancelled = transaction.phase === 'cancelling' || transaction.phase === 'cancelled';
    if (cancelled && !this.#isOutcome(error)) throw error;
    return transaction;
  }

  async #cancel(error: unknown): Promise<TransactionAnswer> {
    try {
      return await this.coordinator.cancel(this.errand, reasonOf(error), this.wait);
    } catch (failure) {
      // Another run with the same key went through: what it decided holds for this one, too.
      if (failure instanceof ProblemError && failure.code === 'ALREADY_CONFIRMED') {
        return this.coordinator.find(this.errand);
      }
      throw unknown(this.errand, `its cancellation failed (${(failure as Error).message})`, error);
    }
  }

  /** Whether an error only says what the cancelled transaction says itself, so that its outcome is told instead. */
  #isOutcome(error: unknown): boolean {
    return (
      error instanceof BranchRefused ||
      (error instanceof ProblemError && error.code === 'ALREADY_CANCELLED') ||
      (error instanceof OutcomeUnknown && error.xid === this.xid)
    );
  }
}

/** What a branch's state says about its Try; a decision taken meanwhile hides nothing. */
const TRY_ANSWER: Record<BranchState, 'yes' | 'no' | 'none'> = {
  trying: 'none',
  tried: 'yes',
  refused: 'no',
  confirming: 'yes',
  confirmed: 'yes',
  cancelling: 'no',
  cancelled: 'no',
  contradicted: 'no',
  forcing: 'no',
  forced: 'no',
};

function requireYes(errand: KnownErrand, branchId: string, { state, refusal }: BranchAnswer): void {
  if (refusal) throw new BranchRefused(branchId, refusal.code, refusal.message);
  if (TRY_ANSWER[state] === 'none') throw unknown(errand, `branch ${branchId} has not answered its Try`);
  if (TRY_ANSWER[state] === 'no')
    throw new ProblemError(problem('ALREADY_CANCELLED', `Branch ${branchId} is ${state}.`));
}

function reasonOf(error: unknown): CancelRequest {
  if (error instanceof BranchRefused && Code.safeParse(error.code).success) {
    return { code: error.code, message: cleanText(error.detail) };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
  return { code: 'INITIATOR_FAILED', message: cleanText(message) };
}
