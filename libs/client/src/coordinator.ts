import { activeTraceParent } from '@holdfast/bus';
import { BranchSummary, TransactionSummary } from '@holdfast/protocol';
import type {
  BeginRequest,
  CancelRequest,
  ConfirmRequest,
  Phase,
  RefusedReport,
  RegisterBranchRequest,
  TriedReport,
} from '@holdfast/protocol';
import { z } from 'zod';
import type { BeginGatherer } from './begin-gatherer.js';
import type { Clock } from './clock.js';
import { exchange } from './exchange.js';
import type { Call, Errand } from './exchange.js';
import type { HttpAnswer, HttpChannel } from './http-channel.js';

/**
 * What the client reads of the coordinator's answers. Less than their full schemas: the rest may grow with a newer
 * coordinator.
 */
const TransactionAnswer = TransactionSummary.pick({
  xid: true,
  phase: true,
  reason: true,
  decidedAt: true,
  endedAt: true,
})
  .extend({ branches: z.array(BranchSummary.pick({ branchId: true, answer: true })) })
  .refine(({ phase, decidedAt }) => phase === 'trying' || decidedAt !== null, 'decided, but not when');
export type TransactionAnswer = z.infer<typeof TransactionAnswer>;
export type BegunAnswer = TransactionAnswer & { readonly replayed: boolean };

const BranchAnswer = BranchSummary.pick({ state: true, answer: true, refusal: true });
export type BranchAnswer = z.infer<typeof BranchAnswer>;

export type WaitFor = 'decided' | 'ended';
export type BeginErrand = Errand & { readonly idempotencyKey: string };
export type KnownErrand = Errand & { readonly xid: string };

/** A call that is a request of its own. */
interface Request<T> extends Omit<Call<T>, 'send'> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

/**
 * The coordinator's REST interface. All calls throw ProblemError if it turned them down, and OutcomeUnknown if no
 * answer was to be had. What is answered when the limit has passed may still be `trying`, or not ended.
 */
export class Coordinator {
  constructor(
    private readonly channel: HttpChannel,
    private readonly gatherer: BeginGatherer,
    private readonly clock: Clock,
  ) {}

  async begin(errand: BeginErrand, request: BeginRequest, wait?: WaitFor): Promise<BegunAnswer> {
    // A begin that waits is repeated; only the first answer tells whether it had been begun before.
    let replayed: boolean | undefined;
    const text = JSON.stringify(request);
    const { idempotencyKey } = errand;
    const traceParent = activeTraceParent();
    const begun = await exchange(this.clock, errand, {
      begins: true,
      wait,
      send: (timeout, answerMsMax) =>
        this.gatherer.send(
          { idempotencyKey, ...(traceParent && { traceParent }), ...(wait && { wait, timeout }) },
          text,
          answerMsMax,
        ),
      read: (answer) => {
        const transaction = readTransaction(answer);
        replayed ??= answer.replayed ?? false;
        return transaction;
      },
      settled: (transaction) => wait === undefined || hasReached(wait, transaction.phase),
    });
    return { ...begun, replayed: replayed ?? false };
  }

  find(errand: KnownErrand): Promise<TransactionAnswer> {
    const path = transactionPath(errand);
    return this.#call(errand, { method: 'GET', path, read: readTransaction, settled: () => true });
  }

  /** Registers a branch, and waits until its Try is answered if the coordinator is the one to try it. */
  registerBranch(errand: KnownErrand, request: RegisterBranchRequest): Promise<BranchAnswer> {
    const wait = request.tryBy === 'participant' ? undefined : 'tried';
    return this.#call(errand, {
      method: 'POST',
      path: `${transactionPath(errand)}/branches`,
      body: request,
      wait,
      read: (answer) => BranchAnswer.parse(answer.body),
      settled: ({ state }) => wait === undefined || state !== 'trying',
    });
  }

  reportTried(errand: KnownErrand, branchId: string, report: TriedReport): Promise<void> {
    return this.#report(errand, branchId, 'tried', report);
  }

  reportRefused(errand: KnownErrand, branchId: string, report: RefusedReport): Promise<void> {
    return this.#report(errand, branchId, 'refused', report);
  }

  confirm(errand: KnownErrand, branchIds: string[], wait: WaitFor): Promise<TransactionAnswer> {
    return this.#decide(errand, 'confirm', { branchIds } satisfies ConfirmRequest, wait);
  }

  cancel(errand: KnownErrand, request: CancelRequest, wait: WaitFor): Promise<TransactionAnswer> {
    return this.#decide(errand, 'cancel', request, wait);
  }

  #report(errand: KnownErrand, branchId: string, answer: 'tried' | 'refused', body: object): Promise<void> {
    const path = `${transactionPath(errand)}/branches/${encodeURIComponent(branchId)}/actions/${answer}`;
    return this.#call(errand, { method: 'POST', path, body, read: () => undefined, settled: () => true });
  }

  #decide(
    errand: KnownErrand,
    action: 'confirm' | 'cancel',
    body: object,
    wait: WaitFor,
  ): Promise<TransactionAnswer> {
    return this.#call(errand, {
      method: 'POST',
      path: `${transactionPath(errand)}/actions/${action}`,
      body,
      wait,
      read: readTransaction,
      settled: ({ phase }) => hasReached(wait, phase),
    });
  }

  #call<T>(errand: Errand, { method, path, body, ...call }: Request<T>): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return exchange(this.clock, errand, {
      ...call,
      send: (timeout, answerMsMax) => {
        const query = call.wait ? `?wait=${call.wait}&timeout=${timeout}` : '';
        return this.channel.send(method, path + query, text, answerMsMax);
      },
    });
  }
}

function transactionPath({ xid }: KnownErrand): string {
  return `/v1/transactions/${encodeURIComponent(xid)}`;
}

function readTransaction(answer: HttpAnswer): TransactionAnswer {
  return TransactionAnswer.parse(answer.body);
}

const REACHED: Record<WaitFor, Record<Phase, boolean>> = {
  decided: { trying: false, confirming: true, cancelling: true, confirmed: true, cancelled: true },
  ended: { trying: false, confirming: false, cancelling: false, confirmed: true, cancelled: true },
};

function hasReached(wait: WaitFor, phase: Phase): boolean {
  return REACHED[wait][phase];
}
