/**
 * What all services of this repository share. A service's `main.ts` is
 *
 *     const InventorySettings = z.object({ ...foundationSettings });
 *
 *     export async function bootstrap(env: Environment, sharedBus?: Bus): Promise<RunningService> {
 *       const settings = readSettings('inventory', InventorySettings, env);        // StartError: a sentence
 *       const foundation = await openFoundation({ service: 'inventory', settings, migrations, topicsNeeded, sharedBus });
 *       const module = InventoryModule.on(foundation, settings);
 *       return startService({ name: 'inventory', settings, module, close: foundation.close });
 *     }
 *     runAsProcess(import.meta.url, bootstrap);
 *
 * `configure` of `startService` is for what a service adds to the application, such as OpenAPI. Its module imports
 * `MetricsModule` (gives prom-client's `Registry`, serves `/metrics`) and `HealthModule.forRootAsync({ inject, useFactory })`
 * (serves `/livez` and `/readyz` from the checks that the factory returns). Controllers validate with
 * `@Body({ schema })` and throw `HttpProblem`; all errors leave as RFC 9457 problems.
 */
export { connectDatabase, databaseCheck, openDatabase } from './database.js';
export type { DatabaseOptions } from './database.js';
export { isDatabaseAway } from './database-away.js';
export { busLog, openFoundation } from './foundation.js';
export type { Foundation } from './foundation.js';
export { HealthModule } from './health-module.js';
export type { ReadinessCheck } from './health-module.js';
export { HttpProblem } from './http-problem.js';
export { inTime } from './in-time.js';
export { MetricsModule } from './metrics-module.js';
export { participantMetrics } from './participant-metrics.js';
export { problemFor } from './problem-filter.js';
export { schemaState } from './schema-state.js';
export type { SchemaState } from './schema-state.js';
export { startService } from './service.js';
export type { RunningService } from './service.js';
export { runAsProcess } from './service-process.js';
export {
  coordinatorSettings,
  databaseSettings,
  duration,
  fenceOptions,
  fenceSettings,
  flag,
  foundationSettings,
  httpUrl,
  kafkaSettings,
  readSettings,
  serviceSettings,
  wholeNumber,
} from './settings.js';
export type { Environment } from './settings.js';
export { StartError } from './start-error.js';
export { databaseTls, kafkaSecurity } from './transport-security.js';
export { fieldErrors, invalidRequest } from './validation.js';
