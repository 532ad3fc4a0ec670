import { newIdempotencyKey } from '@holdfast/client';
import type { Work } from '../work/work.js';
import type { Initiator } from './initiator.js';
import type { Tally } from './tally.js';

/** Begins transactions one after another, each with work and an idempotency key of its own, and counts what they give. */
export class Transactions {
  #begun = 0;

  /**
   * @param decidedEvery one in so many asks for the decision first: a call can wait for one thing only. It waits for
   * the end by a second call.
   */
  constructor(
    private readonly initiator: Initiator,
    private readonly work: Work,
    private readonly tally: Tally,
    private readonly decidedEvery: number,
  ) {}

  /**
   * Resolves when the next one has ended, however that went.
   * @param startedAt when it was to start, by `performance.now()`: its latencies count from there.
   */
  async next(startedAt: number): Promise<void> {
    const n = this.#begun++;
    try {
      const calls = this.work.calls(n);
      const idempotencyKey = newIdempotencyKey();
      if (n % this.decidedEvery === 0) {
        const decision = await this.initiator.run(idempotencyKey, calls, 'decided');
        if (decision === 'refused') return this.tally.refused();
        this.tally.decided(performance.now() - startedAt);
      }
      const outcome = await this.initiator.run(idempotencyKey, calls, 'ended');
      if (outcome === 'refused') return this.tally.refused();
      this.tally.ended(performance.now() - startedAt, outcome);
    } catch (error) {
      this.tally.failed(error);
    }
  }
}
