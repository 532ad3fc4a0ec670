import type { BranchCall } from '@holdfast/client';
import { Pool } from 'undici';
import { isRefusal, type Initiator, type Outcome } from './initiator.js';

/** A call that waits holds its connection. */
const CONNECTIONS = 4096;
const WAIT_SECONDS = 20;

/** One REST request for each begin, and no repeats: what an initiator without the client library has. */
export class RestInitiator implements Initiator {
  readonly #pool: Pool;

  constructor(url: string) {
    this.#pool = new Pool(url, { connections: CONNECTIONS });
  }

  async run(
    idempotencyKey: string,
    calls: readonly BranchCall[],
    wait: 'decided' | 'ended',
  ): Promise<Outcome> {
    const branches = calls.map(({ definition: { participant, resource }, input }, n) => ({
      branchId: String(n + 1),
      participant,
      resource,
      input,
    }));
    const { statusCode, body } = await this.#pool.request({
      method: 'POST',
      path: `/v1/transactions?wait=${wait}&timeout=${WAIT_SECONDS}s`,
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify({ name: 'bench', branches }),
    });
    const text = await body.text();
    if (isRefusal(statusCode)) return 'refused';
    if (statusCode >= 300) throw new Error(`The coordinator answered ${statusCode}: ${text.slice(0, 200)}`);
    return outcomeOf(text);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

function outcomeOf(text: string): Outcome {
  const { phase } = JSON.parse(text) as { phase: string };
  if (phase === 'confirmed' || phase === 'confirming') return 'confirmed';
  if (phase === 'cancelled' || phase === 'cancelling') return 'cancelled';
  throw new Error(`Still ${phase} after ${WAIT_SECONDS} s`);
}
