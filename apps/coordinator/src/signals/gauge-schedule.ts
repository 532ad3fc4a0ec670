import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { EngineParts } from '../engine/engine-parts.js';
import { LagGauge } from './lag-gauge.js';
import { UnresolvedGauges } from './unresolved-gauges.js';

/** It takes two requests to Kafka for each reader, over connections of its own. */
const EVERY_MS = 30_000;

/** What only Kafka knows, asked for by the coordinator that speaks for all. */
@Injectable()
export class GaugeSchedule {
  constructor(
    private readonly unresolved: UnresolvedGauges,
    private readonly lag: LagGauge,
    private readonly parts: EngineParts,
  ) {}

  @Interval(EVERY_MS)
  async ask(): Promise<void> {
    await this.unresolved.refresh();
    await Promise.all([this.lag.tick(), this.unresolved.findsSlow && this.parts.readers.look()]);
  }
}
