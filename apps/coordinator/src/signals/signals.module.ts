import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { topics } from '@holdfast/protocol';
import type { Foundation } from '@holdfast/service';
import { UnresolvedReader } from '@holdfast/store';
import { Registry } from 'prom-client';
import { EngineParts } from '../engine/engine-parts.js';
import { LEASE_MS } from '../engine/sweeper.js';
import { GaugeSchedule } from './gauge-schedule.js';
import { LagGauge } from './lag-gauge.js';
import { OperatorActions } from './operator-actions.js';
import { UnresolvedGauges } from './unresolved-gauges.js';

/** What is measured beside the engine: the database and the topics as a whole, and the operators. */
@Module({})
export class SignalsModule {
  static on({ dataSource, bus }: Foundation, topicPrefix: string, engine: DynamicModule): DynamicModule {
    return {
      module: SignalsModule,
      imports: [engine],
      providers: [
        {
          provide: UnresolvedGauges,
          inject: [EngineParts, Registry],
          useFactory: ({ instance, participants }: EngineParts, registry: Registry) =>
            new UnresolvedGauges(
              new UnresolvedReader(dataSource, instance),
              LEASE_MS,
              participants,
              registry,
            ),
        },
        {
          provide: LagGauge,
          inject: [EngineParts, UnresolvedGauges, Registry],
          useFactory: (parts: EngineParts, unresolved: UnresolvedGauges, registry: Registry) =>
            new LagGauge(
              bus,
              topics(topicPrefix),
              () => parts.registry.participants(),
              () => unresolved.tells,
              registry,
            ),
        },
        {
          provide: OperatorActions,
          inject: [Registry],
          useFactory: (registry: Registry) => new OperatorActions(registry),
        },
        GaugeSchedule,
      ],
      exports: [OperatorActions],
    };
  }
}
