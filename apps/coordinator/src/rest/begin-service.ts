import { createHash } from 'node:crypto';
import { begin } from '@holdfast/core';
import type { BranchDeclaration, RetryPolicy, Transaction } from '@holdfast/core';
import { IDEMPOTENCY_KEY_HEADER, IdempotencyKey, TIMEOUT_MS_DEFAULT, durationMs } from '@holdfast/protocol';
import type { BeginRequest } from '@holdfast/protocol';
import type { RepeatedOutcome, IdempotencyKey as StoredKey } from '@holdfast/store';
import { HttpProblem, fieldErrors, invalidRequest } from '@holdfast/service';
import { v7 } from 'uuid';
import type { BeginQueue } from '../engine/begin-queue.js';
import type { DatabaseClock } from '../engine/database-clock.js';
import type { BranchCheck } from './branch-check.js';
import { notSaved } from './transaction-rejected.js';

/** What came of a begin: a transaction, or which one was begun before with the same key. */
export type Begun = { readonly transaction: Transaction } | { readonly repeatedXid: string };

/** Begins transactions: checks all that can be checked before anything is durable. */
export class BeginService {
  constructor(
    private readonly queue: BeginQueue,
    private readonly check: BranchCheck,
    private readonly clock: DatabaseClock,
    private readonly policy: RetryPolicy,
  ) {}

  /**
   * @param owner whose idempotency key it is: the same key of another owner is another key.
   * @throws a problem; then nothing was begun, unless its code is UNAVAILABLE: then nobody knows.
   */
  async begin(request: BeginRequest, owner: string, idempotencyKey: string | undefined): Promise<Begun> {
    const branches = (request.branches ?? []).map((branch, i): BranchDeclaration => {
      const { branchId = String(i + 1), participant, resource, input } = branch;
      return { branchId, participant, resource, input, tryBy: 'coordinator' };
    });
    const key = idempotencyKey === undefined ? null : keyOf(owner, idempotencyKey, request);
    await this.check.all(branches);
    const pause = this.check.pause(branches);
    if (pause) return this.repeated(key, pause);
    const at = this.clock.now();
    const timeoutMs = request.timeout === undefined ? TIMEOUT_MS_DEFAULT : durationMs(request.timeout);
    const { name, reference = null } = request;
    const xid = v7({ msecs: at });
    const step = begin({ at, xid, name, reference, deadlineAt: at + timeoutMs, branches }, this.policy);
    const outcome = await this.queue.begin(step, key).catch(rethrow);
    return outcome.type === 'begun' ? { transaction: step.transaction } : repeatedOf(outcome);
  }

  /** Where nothing may be begun now, what was begun before is still told: its answer may have got lost. */
  private async repeated(key: StoredKey | null, pause: HttpProblem): Promise<Begun> {
    const outcome = key && (await this.queue.repeated(key).catch(rethrow));
    if (!outcome) throw pause;
    return repeatedOf(outcome);
  }
}

function repeatedOf(outcome: RepeatedOutcome): Begun {
  if (outcome.type === 'repeated') return { repeatedXid: outcome.xid };
  throw HttpProblem.of(
    'IDEMPOTENCY_KEY_REUSED',
    `Transaction ${outcome.xid} was begun with this key and another body. Use a new key for a new transaction.`,
  );
}

function rethrow(error: Error): never {
  throw notSaved(error);
}

function keyOf(owner: string, key: string, request: BeginRequest): StoredKey {
  const { error } = IdempotencyKey.safeParse(key);
  if (error)
    throw invalidRequest(
      fieldErrors(error.issues.map(({ message }) => ({ message, path: [IDEMPOTENCY_KEY_HEADER] }))),
    );
  return {
    scope: owner,
    key,
    bodyHash: createHash('sha256').update(JSON.stringify(request)).digest('base64'),
  };
}
