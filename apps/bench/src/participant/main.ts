// A participant of equal work. The stack starts four of them, each with its name in PARTICIPANT.
import type { Bus } from '@holdfast/bus';
import {
  openFoundation,
  readSettings,
  runAsProcess,
  startService,
  type Environment,
  type RunningService,
} from '@holdfast/service';
import { EqualModule, EqualSettings, equalMigrations } from './equal-module.js';

/** Starts it. A bus that is passed in is used instead of Kafka, and stays open. */
export async function bootstrap(env: Environment, sharedBus?: Bus): Promise<RunningService> {
  const settings = readSettings('equal', EqualSettings, env);
  const name = settings.PARTICIPANT;
  const foundation = await openFoundation({
    service: name,
    settings,
    migrations: equalMigrations,
    topicsNeeded: (names) => [names.command(name), names.reply],
    sharedBus,
  });
  const module = EqualModule.on(foundation, settings);
  return startService({ name, settings, module, close: foundation.close });
}

runAsProcess(import.meta.url, bootstrap);
