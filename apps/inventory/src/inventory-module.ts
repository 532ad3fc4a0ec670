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
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { CreateStock1764000100000 } from './migrations/1764000100000-create-stock.js';
import { ReserveStockHandler } from './reserve-stock-handler.js';
import { StockBook } from './stock-book.js';
import { StockController } from './stock-controller.js';

export const InventorySettings = z.object({ ...foundationSettings, ...fenceSettings });
export type InventorySettings = z.output<typeof InventorySettings>;

export const inventoryMigrations = [...fenceMigrations, CreateStock1764000100000];

@Module({})
export class InventoryModule {
  static on({ dataSource, bus }: Foundation, settings: InventorySettings): DynamicModule {
    return {
      module: InventoryModule,
      imports: [
        MetricsModule,
        HealthModule.forRootAsync({
          inject: [HoldfastParticipant],
          useFactory: (participant: HoldfastParticipant) => [
            databaseCheck(dataSource),
            { name: 'bus', check: async () => participant.ready() && (await bus.canPublish()) },
          ],
        }),
        HoldfastParticipantModule.forRootAsync({
          inject: [Registry],
          useFactory: (registry: Registry) => ({
            participant: 'inventory',
            bus,
            dataSource,
            topicPrefix: settings.TOPIC_PREFIX,
            ...fenceOptions(settings),
            observer: participantMetrics(registry, dataSource),
          }),
          handlers: [ReserveStockHandler],
        }),
      ],
      controllers: [StockController],
      providers: [StockBook, { provide: DataSource, useValue: dataSource }],
    };
  }
}
