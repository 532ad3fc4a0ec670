import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { EngineParts } from './engine/engine-parts.js';
import { BatchRunner } from './operators/batch-runner.js';
import { EventStreams } from './operators/event-streams.js';

/**
 * How a coordinator stops: it claims nothing any more, finishes what is under way, gives back what it holds, and ends
 * the streams, which would keep the server open. Nest closes that next, and whoever started the service then Kafka and,
 * last, PostgreSQL.
 */
@Injectable()
export class Shutdown implements BeforeApplicationShutdown {
  constructor(
    private readonly parts: EngineParts,
    private readonly batches: BatchRunner,
    private readonly streams: EventStreams,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    const { sweeper, retention, waiters, replies, engine, transactions, instances } = this.parts;
    await Promise.all([sweeper.stop(), retention.stop(), this.batches.stop()]);
    waiters.releaseAll();
    await replies.stop();
    await engine.idle();
    await transactions.releaseOwn();
    await instances.remove();
    this.streams.end();
  }
}
