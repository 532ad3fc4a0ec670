import { Module, type DynamicModule } from '@nestjs/common';
import { HoldfastClientModule } from '@holdfast/client';
import { HoldfastParticipant, HoldfastParticipantModule, fenceMigrations } from '@holdfast/participant';
import {
  HealthModule,
  MetricsModule,
  coordinatorSettings,
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
import { FreezeController } from './freeze-controller.js';
import { FreezePaymentHandler } from './freeze-payment-handler.js';
import { CreateWallets1764000100000 } from './migrations/1764000100000-create-wallets.js';
import { WalletBook } from './wallet-book.js';
import { WalletController } from './wallet-controller.js';

export const PaymentSettings = z.object({
  ...foundationSettings,
  ...fenceSettings,
  /** Where this service registers the branches with which it is called directly. */
  ...coordinatorSettings,
});
export type PaymentSettings = z.output<typeof PaymentSettings>;

export const paymentMigrations = [...fenceMigrations, CreateWallets1764000100000];

@Module({})
export class PaymentModule {
  static on({ dataSource, bus }: Foundation, settings: PaymentSettings): DynamicModule {
    return {
      module: PaymentModule,
      imports: [
        MetricsModule,
        HealthModule.forRootAsync({
          inject: [HoldfastParticipant],
          useFactory: (participant: HoldfastParticipant) => [
            databaseCheck(dataSource),
            { name: 'bus', check: async () => participant.ready() && (await bus.canPublish()) },
          ],
        }),
        HoldfastClientModule.forRoot({
          url: settings.COORDINATOR_URL,
          apiKey: settings.HOLDFAST_API_KEY,
        }),
        HoldfastParticipantModule.forRootAsync({
          inject: [Registry],
          useFactory: (registry: Registry) => ({
            participant: 'payment',
            bus,
            dataSource,
            topicPrefix: settings.TOPIC_PREFIX,
            ...fenceOptions(settings),
            observer: participantMetrics(registry, dataSource),
          }),
          handlers: [FreezePaymentHandler],
        }),
      ],
      controllers: [FreezeController, WalletController],
      providers: [WalletBook, { provide: DataSource, useValue: dataSource }],
    };
  }
}
