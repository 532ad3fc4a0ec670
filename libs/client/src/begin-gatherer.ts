import { BEGINS_MAX } from '@holdfast/protocol';
import type { BeginItem } from '@holdfast/protocol';
import { BeginBatch } from './begin-batch.js';
import type { GatheredBegin } from './begin-batch.js';
import { ConnectionLost } from './http-channel.js';
import type { HttpAnswer, HttpChannel } from './http-channel.js';

const PATH = '/v1/transactions/actions/begin';
/** Characters of one batch; a larger begin goes alone. Even at three bytes each that is less than the coordinator takes. */
const BATCH_LENGTH_MAX = 1024 * 1024;
/** How often those are looked for who have waited long enough. */
const LOOK_MS = 500;
/** A coordinator that takes longer to acknowledge a batch no longer keeps the next one back. */
const HEAD_MS_MAX = 1_000;

/**
 * Sends begins, those of one turn of the event loop together. One request is under way until its head acknowledges
 * that its begins are durable; what queues meanwhile is the next batch, sent before that only if it is full. The answers follow, each when it is known.
 */
export class BeginGatherer {
  #queue: GatheredBegin[] = [];
  #scheduled = false;
  #underWay: { readonly batch: BeginBatch; readonly since: number } | undefined;
  readonly #unanswered = new Set<BeginBatch>();
  /** One timer for all that wait. It runs while anybody does. */
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly channel: Pick<HttpChannel, 'stream'>) {}

  /**
   * @param request the begin's request, as JSON.
   * @param answerMsMax how long to wait for the answer, to about half a second.
   * @returns what the begin would have been answered alone.
   * @throws ConnectionLost if no answer came.
   */
  send(item: Omit<BeginItem, 'request'>, request: string, answerMsMax: number): Promise<HttpAnswer> {
    const text = `${JSON.stringify(item).slice(0, -1)},"request":${request}}`;
    const giveUpAt = performance.now() + answerMsMax;
    return new Promise((resolve, reject) => {
      this.#queue.push({ text, giveUpAt, resolve, reject });
      this.#schedule();
      this.#timer ??= setInterval(() => this.#look(performance.now()), LOOK_MS).unref();
    });
  }

  /** Sends all that queues, and waits for nothing. */
  flush(): void {
    while (this.#queue.length > 0) this.#sendBatch();
  }

  /** A full batch has nothing to wait for: what a busy coordinator is not told of it cannot refuse. */
  get #maySend(): boolean {
    return this.#queue.length >= (this.#underWay ? BEGINS_MAX : 1);
  }

  #schedule(): void {
    if (this.#scheduled || !this.#maySend) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#maySend) this.#sendBatch();
    });
  }

  #sendBatch(): void {
    const begins = this.#takeBatch();
    const now = performance.now();
    const batch = new BeginBatch(begins, () => {
      if (this.#underWay?.batch !== batch) return;
      this.#underWay = undefined;
      this.#schedule();
    });
    this.#underWay = { batch, since: now };
    this.#unanswered.add(batch);
    const answerMsMax = Math.max(...begins.map(({ giveUpAt }) => giveUpAt - now));
    const body = `{"begins":[${begins.map(({ text }) => text).join(',')}]}`;
    this.channel.stream(PATH, body, answerMsMax, batch);
  }

  #takeBatch(): GatheredBegin[] {
    let count = 0;
    let length = 0;
    for (const { text } of this.#queue) {
      length += text.length;
      if (count === BEGINS_MAX || (count > 0 && length > BATCH_LENGTH_MAX)) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  #look(now: number): void {
    const late = this.#queue.filter(({ giveUpAt }) => giveUpAt <= now);
    if (late.length > 0) this.#queue = this.#queue.filter(({ giveUpAt }) => giveUpAt > now);
    for (const { reject } of late) reject(new ConnectionLost(new Error('never sent in time'), true, false));
    for (const batch of this.#unanswered) {
      batch.giveUp(now);
      if (batch.isAnswered) this.#unanswered.delete(batch);
    }
    if (this.#underWay && now - this.#underWay.since > HEAD_MS_MAX) this.#underWay = undefined;
    this.#schedule();
    if (this.#queue.length > 0 || this.#unanswered.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
