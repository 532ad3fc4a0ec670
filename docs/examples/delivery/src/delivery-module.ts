import { KafkaBus, type BusLog } from '@holdfast/bus';
import { HoldfastParticipantModule } from '@holdfast/participant';
import { Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { BookSlotHandler } from './book-slot-handler.js';
import { openDatabase } from './database.js';
import { setting } from './settings.js';

const logger = new Logger('Bus');
const log: BusLog = (level, message, details) =>
  logger[level === 'info' ? 'log' : level](message, ...(details ? [details] : []));

@Module({
  providers: [
    { provide: DataSource, useFactory: () => openDatabase(setting('DATABASE_URL')) },
    {
      provide: KafkaBus,
      useFactory: () =>
        new KafkaBus({ brokers: setting('KAFKA_BROKERS').split(','), clientId: 'delivery', log }),
    },
  ],
  exports: [DataSource, KafkaBus],
})
class ConnectionsModule implements OnApplicationShutdown {
  constructor(
    private readonly dataSource: DataSource,
    private readonly bus: KafkaBus,
  ) {}

  /** The participant has stopped by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.bus.close();
    await this.dataSource.destroy();
  }
}

@Module({
  imports: [
    HoldfastParticipantModule.forRootAsync({
      imports: [ConnectionsModule],
      inject: [KafkaBus, DataSource],
      useFactory: (bus: KafkaBus, dataSource: DataSource) => ({
        participant: 'delivery',
        bus,
        dataSource,
        topicPrefix: setting('TOPIC_PREFIX', 'holdfast'),
      }),
      handlers: [BookSlotHandler],
    }),
  ],
})
export class DeliveryModule {}
