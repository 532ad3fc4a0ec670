import type { Bus } from '@holdfast/bus';
import {
  openFoundation,
  readSettings,
  runAsProcess,
  startService,
  type Environment,
  type RunningService,
} from '@holdfast/service';
import { OrderModule, orderMigrations } from './order-module.js';
import { OrderSettings } from './settings.js';

/** Starts the order service. A bus that is passed in is used instead of Kafka, and stays open. */
export async function bootstrap(env: Environment, sharedBus?: Bus): Promise<RunningService> {
  const settings = readSettings('order', OrderSettings, env);
  const foundation = await openFoundation({
    service: 'order',
    settings,
    migrations: orderMigrations,
    topicsNeeded: (names) => [names.command('order'), names.reply],
    sharedBus,
  });
  const module = OrderModule.on(foundation, settings);
  return startService({ name: 'order', settings, module, close: foundation.close });
}

runAsProcess(import.meta.url, bootstrap);
