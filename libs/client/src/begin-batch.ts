import { BeginLine } from '@holdfast/protocol';
import { z } from 'zod';
import { ANSWER_BYTES_MAX, AnswerCollector, ConnectionLost } from './http-channel.js';
import type { AnswerReceiver, HttpAnswer } from './http-channel.js';
import { LineSplitter } from './line-splitter.js';

/** A begin on its way, and who waits for its answer. */
export interface GatheredBegin {
  /** The item of the request, as JSON. */
  readonly text: string;
  /** By `performance.now()`. */
  readonly giveUpAt: number;
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: ConnectionLost) => void;
}

/** What the begin came to is read by whoever waits for it. */
const Line = BeginLine.extend({ body: z.unknown() });

/** Begins that are sent in one request: each gets its line of the answer, or what happened to the whole. */
export class BeginBatch implements AnswerReceiver {
  readonly #begins: Map<number, GatheredBegin>;
  readonly #lines = new LineSplitter(ANSWER_BYTES_MAX);
  /** Takes the answer that is none in lines: the request was turned down as a whole. */
  #refusal: AnswerCollector | undefined;

  /** @param onHead called as soon as the coordinator has said anything, or will not any more. */
  constructor(
    begins: readonly GatheredBegin[],
    private readonly onHead: () => void,
  ) {
    this.#begins = new Map(begins.entries());
  }

  get isAnswered(): boolean {
    return this.#begins.size === 0;
  }

  head(status: number, retryAfter?: number): void {
    this.onHead();
    if (status === 200) return;
    this.#refusal = new AnswerCollector(
      (answer) => this.#settle((begin) => begin.resolve(answer)),
      (error) => this.lost(error),
    );
    this.#refusal.head(status, retryAfter);
  }

  /** @throws if this is no line; that breaks the connection off, and `lost` is called. */
  data(chunk: Buffer): void {
    if (this.#refusal) return this.#refusal.data(chunk);
    for (const text of this.#lines.push(chunk)) {
      const { index, ...answer } = Line.parse(JSON.parse(text));
      this.#begins.get(index)?.resolve(answer);
      this.#begins.delete(index);
    }
  }

  end(): void {
    if (this.#refusal) this.#refusal.end();
    else this.lost(new ConnectionLost(new Error('the answer ended early'), false, false));
  }

  lost(error: ConnectionLost): void {
    this.onHead();
    this.#settle((begin) => begin.reject(error));
  }

  /** Lets those go who have waited long enough. */
  giveUp(now: number): void {
    for (const [index, { giveUpAt, reject }] of this.#begins) {
      if (giveUpAt > now) continue;
      reject(new ConnectionLost(new Error('no answer in time'), false, false));
      this.#begins.delete(index);
    }
  }

  #settle(how: (begin: GatheredBegin) => void): void {
    for (const begin of this.#begins.values()) how(begin);
    this.#begins.clear();
  }
}
