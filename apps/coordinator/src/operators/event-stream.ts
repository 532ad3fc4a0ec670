import type { ServerResponse } from 'node:http';
import type { IncomingMessage, Position } from '@holdfast/bus';
import { UndecodableMessage, decode, streamPositionText } from '@holdfast/protocol';

/** Whoever reads so much slower than events come is cut off: he comes back with the id of the last one that he got. */
const BUFFER_BYTES_MAX = 1024 * 1024;
/** A sign of life for proxies that close what is silent. */
const HEARTBEAT_EVERY_MS = 15_000;

/** Server-sent events on one response. The id of each event is where the stream goes on after it. */
export class EventStream {
  private readonly next = new Map<number, bigint>();
  private readonly heartbeat: NodeJS.Timeout;
  /** What came before the stream knew where it began. */
  private early: IncomingMessage[] | undefined = [];

  constructor(private readonly response: ServerResponse) {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    this.heartbeat = setInterval(() => this.write(':\n\n'), HEARTBEAT_EVERY_MS);
  }

  /** @param reset why it does not go on where it was asked to; undefined if it does. */
  begin(start: Position, reset?: string): void {
    for (const [partition, offset] of start) this.next.set(partition, offset);
    // An id alone is remembered by the reader, though it is no event.
    if (reset === undefined) this.write(`id: ${streamPositionText(this.next)}\n\n`);
    else this.send('reset', JSON.stringify({ reason: reset }));
    const { early = [] } = this;
    this.early = undefined;
    this.take(early);
  }

  take(messages: readonly IncomingMessage[]): void {
    if (this.early) return void this.early.push(...messages);
    for (const message of messages) {
      this.next.set(message.partition, BigInt(message.offset) + 1n);
      const event = eventOf(message);
      if (event) this.send(event.type, JSON.stringify(event));
    }
    if (this.response.writableLength > BUFFER_BYTES_MAX) this.response.destroy();
  }

  end(): void {
    clearInterval(this.heartbeat);
    this.response.end();
  }

  private send(type: string, data: string): void {
    this.write(`id: ${streamPositionText(this.next)}\nevent: ${type}\ndata: ${data}\n\n`);
  }

  private write(text: string): void {
    if (this.response.writable) this.response.write(text);
  }
}

/** Undefined for what is no event: it is nothing to the reader. */
function eventOf({ headers, value }: IncomingMessage) {
  try {
    return decode(['holdfast.ended', 'holdfast.notice'], headers, value).body;
  } catch (error) {
    if (error instanceof UndecodableMessage) return undefined;
    throw error;
  }
}
