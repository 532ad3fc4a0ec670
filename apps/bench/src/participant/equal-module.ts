import { Module, type DynamicModule } from '@nestjs/common';
import { HoldfastParticipant, HoldfastParticipantModule, fenceMigrations } from '@holdfast/participant';
import {
  HealthModule,
  MetricsModule,
  databaseCheck,
  fenceOptions,
  fenceSettings,
  foundationSettings,
  participantMetrics,
  type Foundation,
} from '@holdfast/service';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { CreateRows1764000200000 } from './create-rows.js';
import { doNothingHandler } from './do-nothing-handler.js';
import { updateRowHandler } from './update-row-handler.js';

export const EqualSettings = z.object({ ...foundationSettings, ...fenceSettings, PARTICIPANT: z.string() });
type EqualSettings = z.output<typeof EqualSettings>;

export const equalMigrations = [...fenceMigrations, CreateRows1764000200000];

@Module({})
export class EqualModule {
  static on({ dataSource, bus }: Foundation, settings: EqualSettings): DynamicModule {
    const participant = settings.PARTICIPANT;
    return {
      module: EqualModule,
      imports: [
        MetricsModule,
        HealthModule.forRootAsync({
          inject: [HoldfastParticipant],
          useFactory: (running: HoldfastParticipant) => [
            databaseCheck(dataSource),
            { name: 'bus', check: () => running.ready() },
          ],
        }),
        HoldfastParticipantModule.forRootAsync({
          inject: [Registry],
          useFactory: (registry: Registry) => ({
            participant,
            bus,
            dataSource,
            topicPrefix: settings.TOPIC_PREFIX,
            ...fenceOptions(settings),
            observer: participantMetrics(registry, dataSource),
          }),
          handlers: [updateRowHandler(participant), doNothingHandler(participant)],
        }),
      ],
    };
  }
}
