import type { OutgoingMessage } from '../bus.js';

export interface PublishLimits {
  /** The most bytes and messages of one request. A message that is bigger goes alone. */
  readonly requestBytesMax: number;
  readonly requestMessagesMax: number;
  /** The most bytes of one message. */
  readonly messageBytesMax: number;
  /** The most bytes that wait; a call beyond is refused. */
  readonly waitingBytesMax: number;
}

interface Call {
  readonly messages: readonly OutgoingMessage[];
  readonly sizes: readonly number[];
  /** How many messages requests have taken so far. */
  taken: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What Kafka adds to a message: lengths, offset and timestamp; and to a header: two lengths. */
const MESSAGE_OVERHEAD_BYTES = 32;
const HEADER_OVERHEAD_BYTES = 4;

/** Keeps one request under way; the calls that come meanwhile form the next. */
export class PublishQueue {
  readonly #calls: Call[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;

  constructor(
    private readonly send: (messages: readonly OutgoingMessage[]) => Promise<void>,
    private readonly limits: PublishLimits,
  ) {}

  /** Resolves when all messages are acknowledged. Rejects with the error of the request that failed. */
  publish(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const sizes = messages.map(sizeOf);
      this.#admit(messages, sizes);
      this.#calls.push({ messages, sizes, taken: 0, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is under way and nothing waits. */
  async idle(): Promise<void> {
    await this.#running;
  }

  #admit(messages: readonly OutgoingMessage[], sizes: readonly number[]): void {
    const { messageBytesMax, waitingBytesMax } = this.limits;
    let bytes = 0;
    for (const [index, size] of sizes.entries()) {
      if (size > messageBytesMax) {
        const topic = messages[index]?.topic;
        throw new RangeError(
          `A message of ${size} bytes for ${topic} is beyond the limit of ${messageBytesMax}`,
        );
      }
      bytes += size;
    }
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > waitingBytesMax) {
      throw new RangeError(`${this.#waitingBytes} bytes wait to be published; ${bytes} more are too many`);
    }
    this.#waitingBytes += bytes;
  }

  async #run(): Promise<void> {
    // Calls of this turn go together.
    await Promise.resolve();
    while (this.#calls.length > 0) {
      const shared: Call[] = [];
      const request = this.#take(shared);
      try {
        await this.send(request);
        for (const call of shared) if (call.taken === call.messages.length) call.resolve();
      } catch (error) {
        for (const call of shared) this.#fail(call, error);
      }
    }
    this.#running = undefined;
  }

  /** The next request, oldest first, and in `shared` the calls that have messages in it. */
  #take(shared: Call[]): OutgoingMessage[] {
    const { requestBytesMax, requestMessagesMax } = this.limits;
    const request: OutgoingMessage[] = [];
    let bytes = 0;
    for (let call = this.#calls[0]; call; call = this.#calls[0]) {
      const before = request.length;
      for (; call.taken < call.messages.length && request.length < requestMessagesMax; call.taken++) {
        const size = call.sizes[call.taken] as number;
        if (request.length > 0 && bytes + size > requestBytesMax) break;
        bytes += size;
        request.push(call.messages[call.taken] as OutgoingMessage);
      }
      if (request.length > before) shared.push(call);
      if (call.taken < call.messages.length) break;
      this.#calls.shift();
    }
    this.#waitingBytes -= bytes;
    return request;
  }

  /** What is left of a failed call is not sent: its order would be broken. */
  #fail(call: Call, error: unknown): void {
    if (this.#calls[0] === call) {
      this.#calls.shift();
      for (const size of call.sizes.slice(call.taken)) this.#waitingBytes -= size;
    }
    call.reject(error);
  }
}

function sizeOf({ key, headers, value }: OutgoingMessage): number {
  let size = MESSAGE_OVERHEAD_BYTES + (key === null ? 0 : Buffer.byteLength(key));
  if (value !== null) size += Buffer.byteLength(value);
  for (const name in headers) {
    size += HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + Buffer.byteLength(headers[name] as string);
  }
  return size;
}
