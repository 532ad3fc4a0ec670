import { IdempotencyKey, TIMEOUT_MS_DEFAULT, durationMs } from '@holdfast/protocol';
import type { BeginRequest, BranchDefinition, DeclaredBranch, InputGiven } from '@holdfast/protocol';
import { BeginGatherer } from './begin-gatherer.js';
import type { BranchCall, BranchRef } from './branch-call.js';
import { BranchNames } from './branch-names.js';
import { systemClock } from './clock.js';
import type { Clock } from './clock.js';
import { Coordinator } from './coordinator.js';
import type { BeginErrand, BegunAnswer, KnownErrand, WaitFor } from './coordinator.js';
import { HttpChannel } from './http-channel.js';
import { newIdempotencyKey } from './idempotency-key.js';
import { InteractiveTransaction } from './interactive.js';
import type { OpenTransaction } from './interactive.js';
import { outcomeFrom } from './outcome.js';
import type { Outcome } from './outcome.js';
import { registerBranch } from './registration.js';
import type { TryAnswer } from './registration.js';

export interface TccClientOptions {
  /** The coordinator's address, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /**
   * The credential with which it calls: an API key or a token. Left out where the coordinator is open to its own machine.
   */
  readonly apiKey?: string | undefined;
  /**
   * Connections at most, by default 1,024. A call that waits holds one meanwhile, and begins that were sent together
   * share one until the last of them is answered; further ones queue.
   */
  readonly connections?: number;
}

export interface RunOptions {
  /** What kind of transaction it is, such as `checkout`. A label of metrics: never put a number in it. */
  readonly name: string;
  /** Time until the decision, such as `30s` (the default). What is undecided by then is cancelled. */
  readonly timeout?: string;
  /**
   * Even if all say yes, it is not confirmed before this, at most 30 days ahead, and can be cancelled until then. Runs
   * with the same key have to name the same time. The run waits for it, so `giveUpAfter` has to reach that far.
   */
  readonly confirmNotBefore?: Date;
  /**
   * Two runs with the same key are the same transaction. Take something that stays the same when the caller repeats
   * its request: 1 to 255 visible ASCII characters. Where none is given the client makes one (`newIdempotencyKey`),
   * which then covers only its own repeats.
   */
  readonly idempotencyKey?: string;
  /** The initiator's own number for it, such as an order number, by which operators find it. */
  readonly reference?: string;
  /** Whether to wait for the decision (the default) or until every branch has followed it. */
  readonly wait?: WaitFor;
  /**
   * How long each step (begin, a Try, confirm, cancel) is repeated and waited for, to about a second. By default the
   * timeout and 30 s more. Whoever gives up earlier, to answer a caller in time, is told `OutcomeUnknown` more often;
   * a decision that is known by then is told, even if its end was to be waited for.
   */
  readonly giveUpAfter?: string;
  /**
   * What happens to a begin that the coordinator does not take on now, because it or a participant has enough to do:
   * by default it is repeated when the coordinator says, until `giveUpAfter`. `throw` tells it at once, to a caller
   * who has a queue of his own.
   */
  readonly whenBusy?: 'repeat' | 'throw';
}

const CONNECTIONS_DEFAULT = 1024;
/** How long after a transaction's deadline its decision may become known. */
const GRACE_MS = 30_000;

/** Starts transactions and tells what became of them. One for a process is enough: it keeps its connections. */
export class TccClient {
  readonly #channel: HttpChannel;
  readonly #gatherer: BeginGatherer;
  readonly #coordinator: Coordinator;

  /** @param clock only tests give one. */
  constructor(
    { url, apiKey, connections = CONNECTIONS_DEFAULT }: TccClientOptions,
    clock: Clock = systemClock,
  ) {
    this.#channel = new HttpChannel(url, connections, apiKey);
    this.#gatherer = new BeginGatherer(this.#channel);
    this.#coordinator = new Coordinator(this.#channel, this.#gatherer, clock);
  }

  /**
   * Runs a transaction and resolves to its durable outcome, confirmed or cancelled.
   *
   * With branches (`branch(...)`) the coordinator tries all at once and decides. With a function the branches are
   * tried one by one as it calls `t.try`; it is confirmed when the function returns and every Try said yes, else
   * cancelled. A `BranchRefused` that leaves the function is an outcome like any other (cancelled, with its reason);
   * any other error is thrown on, after the cancellation is durable. The function runs again when a run with the same
   * key is repeated before the decision, and does not run when it is repeated after it.
   *
   * @throws OutcomeUnknown when it gives up; never an error that says failed for what may have been confirmed.
   * @throws ProblemError if the coordinator turned the request down: nothing was begun, or it was cancelled. With
   * `COORDINATOR_BUSY` or `PARTICIPANT_BUSY` it may go well later, after `retryAfterSeconds`.
   * @throws RangeError if a duration or the idempotency key is malformed.
   */
  async run(
    options: RunOptions,
    work: readonly BranchCall[] | ((t: OpenTransaction) => Promise<unknown>),
  ): Promise<Outcome> {
    const { name, reference, timeout, confirmNotBefore, wait = 'decided' } = options;
    const request = {
      name,
      ...(reference !== undefined && { reference }),
      ...(timeout !== undefined && { timeout }),
      ...(confirmNotBefore !== undefined && { confirmNotBefore: confirmNotBefore.toISOString() }),
    };
    const errand = beginErrand(options);
    const begun =
      typeof work === 'function'
        ? await this.#runInteractive(errand, request, wait, work)
        : await this.#coordinator.begin(errand, { ...request, branches: declared(work) }, wait);
    // A key of the client's own making can have been used by this run only.
    return outcomeFrom(errand, begun, begun.replayed && options.idempotencyKey !== undefined);
  }

  /**
   * What became of a transaction; null while it is undecided.
   * @param options `giveUpAfter`: how long it is asked for, such as `2s`. 60 s unless given.
   * @throws ProblemError `TRANSACTION_NOT_FOUND`.
   * @throws OutcomeUnknown when the coordinator can't be reached.
   */
  async outcomeOf(
    xid: string,
    { giveUpAfter }: Pick<RunOptions, 'giveUpAfter'> = {},
  ): Promise<Outcome | null> {
    const errand = knownErrand(xid, giveUpAfter);
    const transaction = await this.#coordinator.find(errand);
    return transaction.phase === 'trying' ? null : outcomeFrom(errand, transaction, false);
  }

  /**
   * For a service that was called directly: registers its branch, then runs its Try (under its fence:
   * `participant.tryLocally`), reports the answer to the coordinator and returns it. Repeating it is safe. What
   * `tryLocally` throws is thrown on, unreported: the branch is cancelled with its transaction.
   * @throws ProblemError if the coordinator turned it down; `ALREADY_CANCELLED` if it is too late: the Cancel of what
   * the local Try froze comes, or has come, over the bus.
   * @throws OutcomeUnknown if registration or report could not be delivered.
   */
  registerBranch<B extends BranchDefinition>(
    ref: BranchRef,
    definition: B,
    input: InputGiven<B>,
    tryLocally: () => Promise<TryAnswer<B>>,
  ): Promise<TryAnswer<B>> {
    return registerBranch(
      this.#coordinator,
      knownErrand(ref.xid),
      ref.branchId,
      definition,
      input,
      tryLocally,
    );
  }

  /**
   * Lets the requests under way be answered, then closes the connections. A run that would need further requests
   * throws `OutcomeUnknown`, so stop starting and await your runs first.
   */
  close(): Promise<void> {
    this.#gatherer.flush();
    return this.#channel.close();
  }

  /** Nest's hook: closes the client with its application. */
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  async #runInteractive(
    errand: BeginErrand,
    request: BeginRequest,
    wait: WaitFor,
    work: (t: OpenTransaction) => Promise<unknown>,
  ): Promise<BegunAnswer> {
    const begun = await this.#coordinator.begin(errand, request);
    if (begun.phase !== 'trying') {
      return wait === 'ended' ? this.#coordinator.begin(errand, request, wait) : begun;
    }
    const transaction = new InteractiveTransaction(this.#coordinator, { ...errand, xid: begun.xid }, wait);
    return { ...(await transaction.settle(work)), replayed: begun.replayed };
  }
}

function beginErrand({
  idempotencyKey = newIdempotencyKey(),
  timeout,
  giveUpAfter,
  whenBusy,
}: RunOptions): BeginErrand {
  if (!IdempotencyKey.safeParse(idempotencyKey).success) {
    throw new RangeError(
      `"${idempotencyKey}" is no idempotency key: write 1 to 255 visible ASCII characters`,
    );
  }
  const decidedMs = timeout === undefined ? TIMEOUT_MS_DEFAULT : durationMs(timeout);
  const limitMs = giveUpAfter === undefined ? decidedMs + GRACE_MS : durationMs(giveUpAfter);
  return { idempotencyKey, xid: null, limitMs, throwsBusy: whenBusy === 'throw' };
}

function knownErrand(xid: string, giveUpAfter?: string): KnownErrand {
  const limitMs = giveUpAfter === undefined ? TIMEOUT_MS_DEFAULT + GRACE_MS : durationMs(giveUpAfter);
  return { idempotencyKey: null, xid, limitMs };
}

function declared(calls: readonly BranchCall[]): DeclaredBranch[] {
  const names = new BranchNames();
  return calls.map(({ definition: { participant, resource }, input, branchId }) => ({
    branchId: names.nameFor(resource, branchId),
    participant,
    resource,
    input,
  }));
}
