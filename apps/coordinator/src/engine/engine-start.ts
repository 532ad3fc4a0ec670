import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { EngineParts } from './engine-parts.js';

/** What has to be running before requests are taken. */
@Injectable()
export class EngineStart implements OnApplicationBootstrap {
  constructor(private readonly parts: EngineParts) {}

  async onApplicationBootstrap(): Promise<void> {
    const { registry, sweeper, participants, replies } = this.parts;
    await registry.load();
    await sweeper.begin();
    await participants.exchange();
    await replies.start();
  }
}
