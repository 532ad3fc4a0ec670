import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { BatchRunner } from './batch-runner.js';

const TICK_EVERY_MS = 100;

@Injectable()
export class BatchSchedule implements BeforeApplicationShutdown {
  constructor(private readonly runner: BatchRunner) {}

  @Interval(TICK_EVERY_MS)
  async tick(): Promise<void> {
    await this.runner.tick();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.runner.stop();
  }
}
