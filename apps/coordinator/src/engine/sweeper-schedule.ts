import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { EngineParts } from './engine-parts.js';

const TICK_EVERY_MS = 100;
const COUNT_EVERY_MS = 500;
const FORGET_EVERY_MS = 200;

@Injectable()
export class SweeperSchedule {
  constructor(private readonly parts: EngineParts) {}

  @Interval(TICK_EVERY_MS)
  async tick(): Promise<void> {
    await this.parts.sweeper.tick();
  }

  @Interval(COUNT_EVERY_MS)
  count(): void {
    this.parts.countWork(performance.now());
  }

  @Interval(FORGET_EVERY_MS)
  async forget(): Promise<void> {
    await this.parts.retention.tick(performance.now());
  }
}
