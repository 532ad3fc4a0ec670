import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { RetryPolicy } from '@holdfast/core';
import type { Foundation } from '@holdfast/service';
import { Registry } from 'prom-client';
import type { History } from '../fences/history.js';
import { EngineParts } from './engine-parts.js';
import { EngineStart } from './engine-start.js';
import { SweeperSchedule } from './sweeper-schedule.js';

/** The engine of one coordinator, running from the application's start on. */
@Module({})
export class EngineModule {
  static on(
    foundation: Foundation,
    topicPrefix: string,
    policy: RetryPolicy,
    history: History,
    answersInquiries: boolean,
    inFlightMin: number,
  ): DynamicModule {
    return {
      module: EngineModule,
      imports: [ScheduleModule.forRoot()],
      providers: [
        {
          provide: EngineParts,
          inject: [Registry],
          useFactory: (metrics: Registry) =>
            new EngineParts(foundation, topicPrefix, policy, history, answersInquiries, inFlightMin, metrics),
        },
        EngineStart,
        SweeperSchedule,
      ],
      exports: [EngineParts],
    };
  }
}
