import { hash } from 'node:crypto';
import { traced } from '@holdfast/bus';
import type { TracedWork } from '@holdfast/bus';
import { begin } from '@holdfast/core';
import type { Begun as Beginning, BranchDeclaration, RetryPolicy, Transaction } from '@holdfast/core';
import {
  COOLING_OFF_MS_MAX,
  IDEMPOTENCY_KEY_HEADER,
  IdempotencyKey,
  REQUEST_BYTES_MAX,
  TIMEOUT_MS_DEFAULT,
  durationMs,
} from '@holdfast/protocol';
import type { BeginRequest } from '@holdfast/protocol';
import type { RepeatedOutcome, IdempotencyKey as StoredKey } from '@holdfast/store';
import { HttpProblem, fieldErrors, invalidRequest } from '@holdfast/service';
import { v7 } from 'uuid';
import { Place, type Admission } from '../admission/admission.js';
import type { BeginQueue } from '../engine/begin-queue.js';
import type { DatabaseClock } from '../engine/database-clock.js';
import type { BranchCheck } from './branch-check.js';
import { tooBusy } from './begin-refusal.js';
import { notSaved } from './transaction-rejected.js';

/** What came of a begin: a transaction, or which one was begun before with the same key. */
export type Begun = { readonly transaction: Transaction } | { readonly repeatedXid: string };

/** Begins transactions: checks all that can be checked before anything is durable. */
export class BeginService {
  constructor(
    private readonly admission: Admission,
    private readonly queue: BeginQueue,
    private readonly check: BranchCheck,
    private readonly clock: DatabaseClock,
    private readonly policy: RetryPolicy,
  ) {}

  /**
   * @param owner whose idempotency key it is: the same key of another owner is another key.
   * @throws a problem; then nothing was begun, unless its code is UNAVAILABLE: then nobody knows.
   */
  async begin(
    request: BeginRequest,
    owner: string,
    idempotencyKey: string | undefined,
    traceParent: string | undefined,
  ): Promise<Begun> {
    const branches = (request.branches ?? []).map((branch, i): BranchDeclaration => {
      const { branchId = String(i + 1), participant, resource, input } = branch;
      return { branchId, participant, resource, input, tryBy: 'coordinator' };
    });
    const text = JSON.stringify(request);
    const bytes = Buffer.byteLength(text);
    if (bytes > REQUEST_BYTES_MAX) throw tooLarge(bytes);
    const key = idempotencyKey === undefined ? null : keyOf(owner, idempotencyKey, text);
    const place = this.admission.take(branches.map(({ participant }) => participant));
    if (!(place instanceof Place)) {
      return this.repeatedOr(key, () => {
        this.admission.refused(place);
        return tooBusy(place);
      });
    }
    let begun = false;
    try {
      const outcome = await this.beginTaken(request, branches, bytes, key, traceParent);
      begun = 'transaction' in outcome;
      return outcome;
    } finally {
      this.admission.taken(place, begun);
    }
  }

  private async beginTaken(
    request: BeginRequest,
    branches: readonly BranchDeclaration[],
    bytes: number,
    key: StoredKey | null,
    traceParent: string | undefined,
  ): Promise<Begun> {
    const fault = await this.check.all(branches, bytes).catch((error: Error) => error);
    const refusal = fault ?? this.check.pause(branches);
    if (refusal) return this.repeatedOr(key, () => refusal);
    const at = this.clock.now();
    const timeoutMs = request.timeout === undefined ? TIMEOUT_MS_DEFAULT : durationMs(request.timeout);
    const { name, reference = null } = request;
    const confirmNotBefore = coolingOffOf(request, at);
    const xid = v7({ msecs: at });
    const work = tracedBegin(xid, name, traceParent);
    const begun = { at, xid, name, reference, deadlineAt: at + timeoutMs, ...confirmNotBefore, branches };
    const step = begin(work ? { ...begun, traceParent: work.traceParent } : begun, this.policy);
    const outcome = await this.queue
      .begin(step, key)
      .catch(rethrow)
      .finally(() => work?.end());
    return outcome.type === 'begun' ? { transaction: step.transaction } : repeatedOf(outcome);
  }

  /**
   * Where nothing may be begun now, what was begun before is still told: its answer may have got lost, and what a
   * participant announces may have changed since.
   */
  private async repeatedOr(key: StoredKey | null, refusal: () => Error): Promise<Begun> {
    const outcome = key && (await this.queue.repeated(key).catch(rethrow));
    if (!outcome) throw refusal();
    return repeatedOf(outcome);
  }
}

/** Everything that comes of the transaction belongs to the trace of its begin, if that has one. */
function tracedBegin(xid: string, name: string, traceParent: string | undefined): TracedWork | undefined {
  return traceParent === undefined ? undefined : traced(`begin ${name}`, 'internal', traceParent, { xid });
}

/** The time before which it must not be confirmed, where the request sets one. */
function coolingOffOf({ confirmNotBefore }: BeginRequest, at: number): Pick<Beginning, 'confirmNotBefore'> {
  if (confirmNotBefore === undefined) return {};
  const until = Date.parse(confirmNotBefore);
  if (until > at + COOLING_OFF_MS_MAX) {
    throw invalidRequest([{ path: '/confirmNotBefore', message: 'must be within 30 days' }]);
  }
  return { confirmNotBefore: until };
}

function repeatedOf({ type, xid }: RepeatedOutcome): Begun {
  if (type === 'repeated') return { repeatedXid: xid };
  throw HttpProblem.of(
    'IDEMPOTENCY_KEY_REUSED',
    `Transaction ${xid} was begun with this key and another body. Use a new key for a new transaction.`,
  );
}

function tooLarge(bytes: number): HttpProblem {
  const detail = `The begin has ${bytes} bytes; at most ${REQUEST_BYTES_MAX} are allowed.`;
  return HttpProblem.of('REQUEST_TOO_LARGE', detail);
}

function rethrow(error: Error): never {
  throw notSaved(error);
}

function keyOf(owner: string, key: string, text: string): StoredKey {
  const { error } = IdempotencyKey.safeParse(key);
  if (error)
    throw invalidRequest(
      fieldErrors(error.issues.map(({ message }) => ({ message, path: [IDEMPOTENCY_KEY_HEADER] }))),
    );
  return { scope: owner, key, bodyHash: hash('sha256', text, 'base64') };
}
