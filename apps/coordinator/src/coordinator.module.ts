import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { HealthModule, MetricsModule } from '@holdfast/service';
import type { Foundation, ReadinessCheck } from '@holdfast/service';
import { TransactionList } from '@holdfast/store';
import { EngineParts } from './engine/engine-parts.js';
import { EngineModule } from './engine/engine.module.js';
import { OperatorsModule } from './operators/operators.module.js';
import { BeginManyController } from './rest/begin-many.controller.js';
import { isForgotten } from './fences/history.js';
import { BeginService } from './rest/begin-service.js';
import { BranchCheck } from './rest/branch-check.js';
import { BranchesController } from './rest/branches.controller.js';
import { InspectionController } from './rest/inspection.controller.js';
import { TransactionExplainer } from './rest/transaction-explainer.js';
import { TransactionLister } from './rest/transaction-lister.js';
import { TransactionReader } from './rest/transaction-reader.js';
import { TransactionsController } from './rest/transactions.controller.js';
import { retryPolicyOf } from './retry-settings.js';
import type { CoordinatorSettings } from './settings.js';
import { Shutdown } from './shutdown.js';
import { SignalsModule } from './signals/signals.module.js';

/** A coordinator: the engine, and the REST in front of it. */
@Module({})
export class CoordinatorModule {
  static on(foundation: Foundation, settings: CoordinatorSettings): DynamicModule {
    const { TOPIC_PREFIX, HISTORY_RETENTION, HISTORY_MARGIN, INQUIRY, IN_FLIGHT_MIN } = settings;
    const history = { retentionMs: HISTORY_RETENTION, marginMs: HISTORY_MARGIN };
    const engine = EngineModule.on(
      foundation,
      TOPIC_PREFIX,
      retryPolicyOf(settings),
      history,
      INQUIRY === 'on',
      IN_FLIGHT_MIN,
    );
    const signals = SignalsModule.on(foundation, TOPIC_PREFIX, engine);
    const { dataSource } = foundation;
    return {
      module: CoordinatorModule,
      imports: [
        engine,
        signals,
        OperatorsModule.on(foundation, TOPIC_PREFIX, engine, signals),
        MetricsModule,
        HealthModule.forRootAsync({
          imports: [engine],
          inject: [EngineParts],
          useFactory: ({ replies }: EngineParts): ReadinessCheck[] => [
            { name: 'database', check: async () => Boolean(await dataSource.query('select 1')) },
            { name: 'replies', check: () => replies.ready() },
            { name: 'publishing', check: () => foundation.bus.canPublish() },
          ],
        }),
      ],
      controllers: [TransactionsController, BeginManyController, InspectionController, BranchesController],
      providers: [
        Shutdown,
        {
          provide: BranchCheck,
          inject: [EngineParts],
          useFactory: ({ registry, participants }: EngineParts) =>
            new BranchCheck(registry, participants.paused),
        },
        {
          provide: BeginService,
          inject: [EngineParts, BranchCheck],
          useFactory: ({ admission, begins, clock, policy }: EngineParts, check: BranchCheck) =>
            new BeginService(admission, begins, check, clock, policy),
        },
        {
          provide: TransactionReader,
          inject: [EngineParts],
          useFactory: ({ transactions, held, waiters, clock }: EngineParts) =>
            new TransactionReader(transactions, held, waiters, (xid) =>
              isForgotten(xid, clock.now(), history),
            ),
        },
        {
          provide: TransactionExplainer,
          inject: [EngineParts],
          useFactory: (parts: EngineParts) => new TransactionExplainer(parts),
        },
        {
          provide: TransactionLister,
          inject: [EngineParts],
          useFactory: ({ clock, participants }: EngineParts) =>
            new TransactionLister(new TransactionList(dataSource), clock, participants),
        },
      ],
    };
  }
}
