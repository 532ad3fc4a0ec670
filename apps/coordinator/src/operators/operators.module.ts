import { Logger, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { topics } from '@holdfast/protocol';
import type { Foundation } from '@holdfast/service';
import { AuditLog, BatchStore, FrozenLedger, ParticipantStore, TransactionList } from '@holdfast/store';
import { EngineParts } from '../engine/engine-parts.js';
import { OperatorActions } from '../signals/operator-actions.js';
import { ActionsController } from './actions.controller.js';
import { AuditController } from './audit.controller.js';
import { BatchDesk } from './batch-desk.js';
import { BatchRunner } from './batch-runner.js';
import { BatchSchedule } from './batch-schedule.js';
import { BatchesController } from './batches.controller.js';
import { EventStreams } from './event-streams.js';
import { FrozenController } from './frozen.controller.js';
import { ParticipantDesk } from './participant-desk.js';
import { ParticipantsController } from './participants.controller.js';
import { StreamController } from './stream.controller.js';
import { TransactionActions } from './transaction-actions.js';

/** What operators see and do beyond single transactions, and what they do to these. */
@Module({})
export class OperatorsModule {
  static on(
    { dataSource, bus }: Foundation,
    topicPrefix: string,
    engine: DynamicModule,
    signals: DynamicModule,
  ): DynamicModule {
    return {
      module: OperatorsModule,
      imports: [engine, signals],
      controllers: [
        ActionsController,
        AuditController,
        BatchesController,
        FrozenController,
        ParticipantsController,
        StreamController,
      ],
      providers: [
        {
          provide: TransactionActions,
          inject: [EngineParts, OperatorActions],
          useFactory: (parts: EngineParts, counter: OperatorActions) =>
            new TransactionActions(parts, counter),
        },
        { provide: AuditLog, useFactory: () => new AuditLog(dataSource) },
        { provide: FrozenLedger, useFactory: () => new FrozenLedger(dataSource) },
        {
          provide: ParticipantDesk,
          inject: [EngineParts, OperatorActions],
          useFactory: ({ participants }: EngineParts, counter: OperatorActions) =>
            new ParticipantDesk(new ParticipantStore(dataSource), participants, counter),
        },
        {
          provide: BatchStore,
          inject: [EngineParts],
          useFactory: ({ instance }: EngineParts) => new BatchStore(dataSource, instance),
        },
        {
          provide: BatchDesk,
          inject: [EngineParts, BatchStore, OperatorActions],
          useFactory: ({ transactions, clock }: EngineParts, store: BatchStore, counter: OperatorActions) =>
            new BatchDesk(store, new TransactionList(dataSource), transactions, clock, counter),
        },
        {
          provide: BatchRunner,
          inject: [EngineParts, BatchStore, TransactionActions],
          useFactory: ({ replies }: EngineParts, store: BatchStore, actions: TransactionActions) => {
            const logger = new Logger('Batches');
            const failed = (error: Error) => logger.error(error.message, error.stack);
            return new BatchRunner(store, actions, () => replies.ready(), failed);
          },
        },
        BatchSchedule,
        { provide: EventStreams, useFactory: () => new EventStreams(bus, topics(topicPrefix).event) },
      ],
      exports: [TransactionActions, BatchRunner, EventStreams],
    };
  }
}
