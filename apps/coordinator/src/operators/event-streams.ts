import type { ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { PositionGone } from '@holdfast/bus';
import type { Bus, Position, Tail } from '@holdfast/bus';
import { HttpProblem } from '@holdfast/service';
import { EventStream } from './event-stream.js';

/** Each of them reads the topic of events by itself. */
export const STREAMS_MAX = 32;

/** The open streams of this coordinator. They end with it, and whoever reads one begins another where it ended. */
@Injectable()
export class EventStreams {
  private readonly logger = new Logger('Stream');
  private readonly closers = new Set<() => void>();
  private stopped = false;

  constructor(
    private readonly bus: Pick<Bus, 'tail'>,
    private readonly topic: string,
  ) {}

  /** @throws a problem if as many are open as may be. */
  expectRoom(): void {
    if (!this.stopped && this.closers.size < STREAMS_MAX) return;
    const detail = `At most ${STREAMS_MAX} streams are open here. Close one, or ask another coordinator.`;
    throw HttpProblem.of('TOO_MANY_STREAMS', detail);
  }

  /**
   * Sends all events from a position on, or from now on. Where the position is gone, a `reset` event says so, and what
   * follows begins now.
   */
  async open(response: ServerResponse, from: Position | undefined): Promise<void> {
    const stream = new EventStream(response);
    let tail: Tail | undefined;
    const close = () => {
      if (!this.closers.delete(close)) return;
      stream.end();
      tail?.close().catch((error: Error) => this.logger.warn(`a stream did not close: ${error.message}`));
    };
    this.closers.add(close);
    response.once('close', close);
    try {
      tail = await this.follow(stream, from, close);
      if (!this.closers.has(close)) await tail.close();
    } catch (error) {
      close();
      this.logger.warn(`a stream could not begin: ${(error as Error).message}`);
    }
  }

  /** Ends all of them; no other is opened. */
  end(): void {
    this.stopped = true;
    for (const close of this.closers) close();
  }

  private async follow(stream: EventStream, from: Position | undefined, lost: () => void): Promise<Tail> {
    const { topic } = this;
    const options = { topic, handle: stream.take.bind(stream), lost };
    try {
      const tail = await this.bus.tail({ ...options, ...(from && { from }) });
      stream.begin(tail.start);
      return tail;
    } catch (error) {
      if (!(error instanceof PositionGone)) throw error;
      const tail = await this.bus.tail(options);
      stream.begin(tail.start, error.message);
      return tail;
    }
  }
}
