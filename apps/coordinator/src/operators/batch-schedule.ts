import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { BatchRunner } from './batch-runner.js';

const TICK_EVERY_MS = 100;

@Injectable()
export class BatchSchedule {
  constructor(private readonly runner: BatchRunner) {}

  @Interval(TICK_EVERY_MS)
  async tick(): Promise<void> {
    await this.runner.tick();
  }
}
