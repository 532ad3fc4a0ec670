import { Module, type DynamicModule } from '@nestjs/common';
import { HoldfastClientModule } from '@holdfast/client';
import { HoldfastParticipant, HoldfastParticipantModule, fenceMigrations } from '@holdfast/participant';
import {
  HealthModule,
  MetricsModule,
  databaseCheck,
  fenceOptions,
  participantMetrics,
  type Foundation,
} from '@holdfast/service';
import { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { CheckoutBook } from './checkout-book.js';
import { CheckoutRunner } from './checkout-runner.js';
import { CreateOrderHandler } from './create-order-handler.js';
import { CustomerBook } from './customer-book.js';
import { CustomersController } from './customers-controller.js';
import { CreateOrders1764000100000 } from './migrations/1764000100000-create-orders.js';
import { OrderBook } from './order-book.js';
import { OrderNumbers } from './order-number.js';
import { OrderService } from './order-service.js';
import { OrdersController } from './orders-controller.js';
import { PaymentDesk } from './payment-desk.js';
import { PlaceOrderPipe } from './place-order-pipe.js';
import { ORDER_SETTINGS, type OrderSettings } from './settings.js';

export const orderMigrations = [...fenceMigrations, CreateOrders1764000100000];

@Module({})
export class OrderModule {
  static on({ dataSource, bus }: Foundation, settings: OrderSettings): DynamicModule {
    const { COORDINATOR_URL, HOLDFAST_API_KEY, PAYMENT_URL, ORDER_NUMBER_KEY, TOPIC_PREFIX } = settings;
    return {
      module: OrderModule,
      imports: [
        MetricsModule,
        HealthModule.forRootAsync({
          inject: [HoldfastParticipant],
          useFactory: (participant: HoldfastParticipant) => [
            databaseCheck(dataSource),
            { name: 'bus', check: async () => participant.ready() && (await bus.canPublish()) },
          ],
        }),
        HoldfastClientModule.forRoot({ url: COORDINATOR_URL, apiKey: HOLDFAST_API_KEY }),
        HoldfastParticipantModule.forRootAsync({
          inject: [Registry],
          useFactory: (registry: Registry) => ({
            participant: 'order',
            bus,
            dataSource,
            topicPrefix: TOPIC_PREFIX,
            ...fenceOptions(settings),
            observer: participantMetrics(registry, dataSource),
          }),
          handlers: [CreateOrderHandler],
        }),
      ],
      controllers: [OrdersController, CustomersController],
      providers: [
        { provide: DataSource, useValue: dataSource },
        { provide: ORDER_SETTINGS, useValue: settings },
        { provide: OrderNumbers, useValue: new OrderNumbers(ORDER_NUMBER_KEY) },
        ...(PAYMENT_URL ? [{ provide: PaymentDesk, useValue: new PaymentDesk(PAYMENT_URL) }] : []),
        CheckoutBook,
        CheckoutRunner,
        CustomerBook,
        OrderBook,
        OrderService,
        PlaceOrderPipe,
      ],
    };
  }
}
