import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { EngineParts } from './engine-parts.js';

/** What has to be running before requests are taken, and how it stops: work is given back, not dropped. */
@Injectable()
export class EngineLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly parts: EngineParts) {}

  async onApplicationBootstrap(): Promise<void> {
    const { registry, sweeper, participants, replies } = this.parts;
    await registry.load();
    await sweeper.begin();
    await participants.exchange();
    await replies.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const { sweeper, retention, waiters, replies, engine, transactions, instances } = this.parts;
    await Promise.all([sweeper.stop(), retention.stop()]);
    waiters.releaseAll();
    await replies.stop();
    await engine.idle();
    await transactions.releaseOwn();
    await instances.remove();
  }
}
