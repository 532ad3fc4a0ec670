import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { StartError } from '@holdfast/service';
import { ApiKeyStore } from '@holdfast/store';
import type { DataSource } from 'typeorm';
import type { CoordinatorSettings } from '../settings.js';
import { Credentials } from './credentials.js';
import { credentialGate, installGate, loopbackGate } from './gate.js';
import type { Gate } from './gate.js';
import { KeyRing } from './key-ring.js';
import { isLoopback } from './loopback.js';

/**
 * Closes the application, or leaves it open to this machine where nothing is configured. Settled here, once: a first key
 * that is made later counts from the next start, so that nobody finds himself locked out of, or let into, what runs.
 * @throws StartError if it would be open to others.
 */
export async function settleAccess(
  app: NestFastifyApplication,
  settings: CoordinatorSettings,
  dataSource: DataSource,
): Promise<void> {
  installGate(app.getHttpAdapter().getInstance(), await chooseGate(settings, new ApiKeyStore(dataSource)));
}

async function chooseGate({ HOST }: CoordinatorSettings, keys: ApiKeyStore): Promise<Gate> {
  if (await keys.configured()) return credentialGate(new Credentials(new KeyRing(keys)));
  if (!isLoopback(HOST))
    throw new StartError(
      `There is no API key, so the coordinator would be open to whoever reaches ${HOST}. ` +
        'Make a first key (holdfast key create), or set HOST to 127.0.0.1.',
    );
  new Logger('Access').warn(
    `There is no API key: whoever reaches ${HOST} is admin. Make one (holdfast key create) and restart.`,
  );
  return loopbackGate;
}
