import type { BranchDefinition, InputGiven, Reservation } from '@holdfast/protocol';
import type { BranchCall, BranchRef } from './branch-call.js';
import type { OpenTransaction } from './interactive.js';
import type { Outcome } from './outcome.js';

export interface TccClientOptions {
  /** The coordinator's address, such as `http://127.0.0.1:3000`. */
  readonly url: string;
}

export interface RunOptions {
  /** What kind of transaction it is, such as `checkout`. A label of metrics: never put a number in it. */
  readonly name: string;
  /** Time until the decision, such as `30s` (the default). What is undecided by then is cancelled. */
  readonly timeout?: string;
  /**
   * Two runs with the same key are the same transaction. Take something that stays the same when the caller repeats
   * its request. Where none is given the client makes one, which then covers only its own repeats.
   */
  readonly idempotencyKey?: string;
  /** The initiator's own number for it, such as an order number, by which operators find it. */
  readonly reference?: string;
  /** Whether to wait for the decision (the default) or until every branch has followed it. */
  readonly wait?: 'decided' | 'ended';
  /**
   * How long each step (begin, a Try, confirm) is repeated and waited for. By default the timeout and 30 s more.
   * Whoever gives up earlier, to answer a caller in time, is told `OutcomeUnknown` more often.
   */
  readonly giveUpAfter?: string;
}

/** What a local Try came to. */
export type TryAnswer<B extends BranchDefinition> =
  | { readonly outcome: 'tried'; readonly answer: Reservation<B> }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string };

/** Starts transactions and tells what became of them. One for a process is enough: it keeps its connections. */
export class TccClient {
  constructor(_options: TccClientOptions) {}

  /**
   * Runs a transaction and resolves to its durable outcome, confirmed or cancelled.
   *
   * With branches (`branch(...)`) the coordinator tries all at once and decides. With a function the branches are
   * tried one by one as it calls `t.try`; it is confirmed when the function returns and cancelled when it throws. A
   * `BranchRefused` that leaves the function is an outcome like any other (cancelled, with its reason); any other
   * error is thrown on, after the cancellation is durable. The function runs again when a run with the same key is
   * repeated before the decision, and does not run when it is repeated after it.
   *
   * @throws OutcomeUnknown when it gives up; never an error that says failed for what may have been confirmed.
   * @throws ProblemError if the coordinator turned the request down: nothing was begun, or it was cancelled.
   */
  run(
    _options: RunOptions,
    _work: readonly BranchCall[] | ((t: OpenTransaction) => Promise<unknown>),
  ): Promise<Outcome> {
    throw new Error('not built yet');
  }

  /**
   * What became of a transaction; null while it is undecided.
   * @throws ProblemError `TRANSACTION_NOT_FOUND`. @throws OutcomeUnknown when the coordinator can't be reached.
   */
  outcomeOf(_xid: string): Promise<Outcome | null> {
    throw new Error('not built yet');
  }

  /**
   * For a service that was called directly: registers its branch, then runs its Try (under its fence:
   * `participant.tryLocally`), reports the answer to the coordinator and returns it. Repeating it is safe. What
   * `tryLocally` throws is thrown on, unreported: the branch is cancelled with its transaction.
   * @throws ProblemError `ALREADY_CANCELLED` if it is too late; Cancel comes, or has come, over the bus.
   * @throws OutcomeUnknown if registration or report could not be delivered.
   */
  registerBranch<B extends BranchDefinition>(
    _ref: BranchRef,
    _definition: B,
    _input: InputGiven<B>,
    _tryLocally: () => Promise<TryAnswer<B>>,
  ): Promise<TryAnswer<B>> {
    throw new Error('not built yet');
  }

  /** Waits for the calls under way and closes the connections. */
  close(): Promise<void> {
    throw new Error('not built yet');
  }
}
