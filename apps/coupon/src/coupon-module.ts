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
import { CreateCoupons1764000100000 } from './migrations/1764000100000-create-coupons.js';
import { LockCouponHandler } from './lock-coupon-handler.js';
import { CouponBook } from './coupon-book.js';
import { CouponController } from './coupon-controller.js';

export const CouponSettings = z.object({ ...foundationSettings, ...fenceSettings });
export type CouponSettings = z.output<typeof CouponSettings>;

export const couponMigrations = [...fenceMigrations, CreateCoupons1764000100000];

@Module({})
export class CouponModule {
  static on({ dataSource, bus }: Foundation, settings: CouponSettings): DynamicModule {
    return {
      module: CouponModule,
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
            participant: 'coupon',
            bus,
            dataSource,
            topicPrefix: settings.TOPIC_PREFIX,
            ...fenceOptions(settings),
            observer: participantMetrics(registry, dataSource),
          }),
          handlers: [LockCouponHandler],
        }),
      ],
      controllers: [CouponController],
      providers: [CouponBook, { provide: DataSource, useValue: dataSource }],
    };
  }
}
