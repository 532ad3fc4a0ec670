import type { Bus } from '@holdfast/bus';
import {
  openFoundation,
  readSettings,
  runAsProcess,
  startService,
  type Environment,
  type RunningService,
} from '@holdfast/service';
import { InventoryModule, InventorySettings, inventoryMigrations } from './inventory-module.js';

/** Starts the inventory service. A bus that is passed in is used instead of Kafka, and stays open. */
export async function bootstrap(env: Environment, sharedBus?: Bus): Promise<RunningService> {
  const settings = readSettings('inventory', InventorySettings, env);
  const foundation = await openFoundation({
    service: 'inventory',
    settings,
    migrations: inventoryMigrations,
    topicsNeeded: (names) => [names.command('inventory'), names.reply],
    sharedBus,
  });
  const module = InventoryModule.on(foundation, settings);
  return startService({ name: 'inventory', settings, module, close: foundation.close });
}

runAsProcess(import.meta.url, bootstrap);
