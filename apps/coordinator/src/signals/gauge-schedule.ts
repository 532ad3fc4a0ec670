import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { EngineParts } from '../engine/engine-parts.js';
import { LagGauge } from './lag-gauge.js';
import { UnresolvedGauges } from './unresolved-gauges.js';

const READERS_EVERY_MS = 5_000;
/** It takes some fifty requests to Kafka, over connections of its own. */
const LAG_EVERY_MS = 30_000;

/** What only Kafka knows, asked for by the coordinator that speaks for all. */
@Injectable()
export class GaugeSchedule {
  constructor(
    private readonly unresolved: UnresolvedGauges,
    private readonly lag: LagGauge,
    private readonly parts: EngineParts,
  ) {}

  @Interval(READERS_EVERY_MS)
  async lookForReaders(): Promise<void> {
    await this.unresolved.refresh();
    if (this.unresolved.findsSlow) await this.parts.readers.look();
  }

  @Interval(LAG_EVERY_MS)
  async readLag(): Promise<void> {
    await this.unresolved.refresh();
    await this.lag.tick();
  }
}
