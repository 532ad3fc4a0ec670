import type { Bus } from '@holdfast/bus';
import {
  openFoundation,
  readSettings,
  runAsProcess,
  startService,
  type Environment,
  type RunningService,
} from '@holdfast/service';
import { CouponModule, CouponSettings, couponMigrations } from './coupon-module.js';

/** Starts the coupon service. A bus that is passed in is used instead of Kafka, and stays open. */
export async function bootstrap(env: Environment, sharedBus?: Bus): Promise<RunningService> {
  const settings = readSettings('coupon', CouponSettings, env);
  const foundation = await openFoundation({
    service: 'coupon',
    settings,
    migrations: couponMigrations,
    topicsNeeded: (names) => [names.command('coupon'), names.reply],
    sharedBus,
  });
  const module = CouponModule.on(foundation, settings);
  return startService({ name: 'coupon', settings, module, close: foundation.close });
}

runAsProcess(import.meta.url, bootstrap);
