import type { Delivery, IncomingMessage, OutgoingMessage, SubscribeOptions } from './bus.js';
import type { BusLog } from './bus-log.js';
import { deadLetterOf } from './dead-letter.js';
import { Inbox } from './inbox.js';

const BATCH_SIZE_MAX_DEFAULT = 2_000;

/** What became of messages. Their offsets may be committed if they were handled and nothing is unburied. */
export interface Taken {
  /** False if the handler did not take all of them: they have to be delivered again. */
  readonly handled: boolean;
  /** Dead letters that could not be written yet. */
  readonly unburied: readonly OutgoingMessage[];
}

/**
 * What every subscription does with the messages of a partition, whichever adapter brought them: decode them, hand
 * them to the subscriber, and bury those that can't be decoded.
 */
export class Intake<T> {
  readonly inbox: Inbox<T>;

  /** @param publish writes to the dead letters. */
  constructor(
    private readonly options: SubscribeOptions<T>,
    private readonly publish: (deadLetters: readonly OutgoingMessage[]) => Promise<void>,
    private readonly log: BusLog,
  ) {
    const batchSizeMax = options.batchSizeMax ?? BATCH_SIZE_MAX_DEFAULT;
    this.inbox = new Inbox((batch) => options.handle(batch), batchSizeMax, log);
  }

  /** @param messages of one partition, in its order. */
  async take(messages: readonly IncomingMessage[]): Promise<Taken> {
    const deliveries: Delivery<T>[] = [];
    const poison: OutgoingMessage[] = [];
    for (const message of messages) {
      try {
        deliveries.push({ message, body: this.options.decode(message) });
      } catch (error) {
        poison.push(deadLetterOf(message, error instanceof Error ? error.message : String(error)));
      }
    }
    const [handled, buried] = await Promise.all([this.inbox.add(deliveries), this.bury(poison)]);
    return { handled, unburied: buried ? [] : poison };
  }

  /** @returns whether all of them are written now. */
  async bury(deadLetters: readonly OutgoingMessage[]): Promise<boolean> {
    const [first] = deadLetters;
    if (first === undefined) return true;
    try {
      await this.publish(deadLetters);
      this.log('warn', 'messages that could not be decoded went to the dead letters', {
        topic: first.topic,
        messages: deadLetters.length,
      });
      return true;
    } catch (error) {
      this.log('error', 'dead letters can not be written; their partition waits', {
        topic: first.topic,
        error: String(error),
      });
      return false;
    }
  }
}
