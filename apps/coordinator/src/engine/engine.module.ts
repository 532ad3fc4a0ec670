import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { RetryPolicy } from '@holdfast/core';
import type { Foundation } from '@holdfast/service';
import { Registry } from 'prom-client';
import type { History } from '../fences/history.js';
import { EngineLifecycle } from './engine-lifecycle.js';
import { EngineParts } from './engine-parts.js';
import { SweeperSchedule } from './sweeper-schedule.js';

/** The engine of one coordinator, running from the application's start to its stop. */
@Module({})
export class EngineModule {
  static on(
    foundation: Foundation,
    topicPrefix: string,
    policy: RetryPolicy,
    history: History,
    answersInquiries: boolean,
  ): DynamicModule {
    return {
      module: EngineModule,
      imports: [ScheduleModule.forRoot()],
      providers: [
        {
          provide: EngineParts,
          inject: [Registry],
          useFactory: (metrics: Registry) =>
            new EngineParts(foundation, topicPrefix, policy, history, answersInquiries, metrics),
        },
        EngineLifecycle,
        SweeperSchedule,
      ],
      exports: [EngineParts],
    };
  }
}
