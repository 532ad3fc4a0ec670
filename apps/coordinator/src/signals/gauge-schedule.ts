import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LagGauge } from './lag-gauge.js';
import { UnresolvedGauges } from './unresolved-gauges.js';

/** What is marked hung is in the gauge within a second. */
const UNRESOLVED_EVERY_MS = 800;
const LAG_EVERY_MS = 5_000;

@Injectable()
export class GaugeSchedule {
  constructor(
    private readonly unresolved: UnresolvedGauges,
    private readonly lag: LagGauge,
  ) {}

  @Interval(UNRESOLVED_EVERY_MS)
  async readUnresolved(): Promise<void> {
    await this.unresolved.tick();
  }

  @Interval(LAG_EVERY_MS)
  async readLag(): Promise<void> {
    await this.lag.tick();
  }
}
