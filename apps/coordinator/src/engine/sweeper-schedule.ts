import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { EngineParts } from './engine-parts.js';

const TICK_EVERY_MS = 100;
const COUNT_EVERY_TICKS = 5;
const FORGET_EVERY_TICKS = 2;

/** One timer for all: in a process that idles, each waking costs more than what is looked at then. */
@Injectable()
export class SweeperSchedule {
  private ticks = 0;

  constructor(private readonly parts: EngineParts) {}

  @Interval(TICK_EVERY_MS)
  async tick(): Promise<void> {
    this.ticks++;
    const now = performance.now();
    if (this.ticks % COUNT_EVERY_TICKS === 0) this.parts.countWork(now);
    const forgets = this.ticks % FORGET_EVERY_TICKS === 0;
    await Promise.all([this.parts.sweeper.tick(), forgets && this.parts.retention.tick(now)]);
  }
}
