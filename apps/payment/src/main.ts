import type { Bus } from '@holdfast/bus';
import {
  openFoundation,
  readSettings,
  runAsProcess,
  startService,
  type Environment,
  type RunningService,
} from '@holdfast/service';
import { PaymentModule, PaymentSettings, paymentMigrations } from './payment-module.js';

/** Starts the payment service. A bus that is passed in is used instead of Kafka, and stays open. */
export async function bootstrap(env: Environment, sharedBus?: Bus): Promise<RunningService> {
  const settings = readSettings('payment', PaymentSettings, env);
  const foundation = await openFoundation({
    service: 'payment',
    settings,
    migrations: paymentMigrations,
    topicsNeeded: (names) => [names.command('payment'), names.reply],
    sharedBus,
  });
  const module = PaymentModule.on(foundation, settings);
  return startService({ name: 'payment', settings, module, close: foundation.close });
}

runAsProcess(import.meta.url, bootstrap);
