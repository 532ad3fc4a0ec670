import type { Bus } from '@holdfast/bus';
import { openFoundation, readSettings, runAsProcess, startService } from '@holdfast/service';
import type { Environment, RunningService } from '@holdfast/service';
import { transactionEntities, transactionMigrations, transactionSessionSettings } from '@holdfast/store';
import { settleAccess } from './access/access.js';
import { CoordinatorModule } from './coordinator.module.js';
import { serveOpenApi } from './openapi.js';
import { CoordinatorSettings } from './settings.js';

/** Starts a coordinator. Any number of them may share a database and a bus. */
export async function bootstrap(env: Environment, sharedBus?: Bus): Promise<RunningService> {
  const settings = readSettings('coordinator', CoordinatorSettings, env);
  const foundation = await openFoundation({
    service: 'coordinator',
    settings,
    migrations: transactionMigrations,
    entities: transactionEntities,
    sessionSettings: transactionSessionSettings,
    topicsNeeded: (names) => [names.reply, names.event],
    sharedBus,
  });
  const module = CoordinatorModule.on(foundation, settings);
  return startService({
    name: 'coordinator',
    settings,
    module,
    configure: async (app) => {
      await settleAccess(app, settings, foundation);
      serveOpenApi(app);
    },
    close: foundation.close,
  });
}

runAsProcess(import.meta.url, bootstrap);
