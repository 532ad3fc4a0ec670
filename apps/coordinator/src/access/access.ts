import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { StartError } from '@holdfast/service';
import type { Foundation } from '@holdfast/service';
import { ApiKeyStore } from '@holdfast/store';
import type { CoordinatorSettings } from '../settings.js';
import { Credentials } from './credentials.js';
import { credentialGate, installGate, loopbackGate } from './gate.js';
import type { Gate } from './gate.js';
import { KeyRing } from './key-ring.js';
import { isLoopback } from './loopback.js';
import { TokenCheck } from './token-check.js';

/**
 * Closes the application, or leaves it open to this machine where nothing is configured. Settled here, once: a first key
 * that is made later counts from the next start, so that nobody finds himself locked out of, or let into, what runs.
 * @throws StartError if it would be open to others.
 */
export async function settleAccess(
  app: NestFastifyApplication,
  settings: CoordinatorSettings,
  { dataSource }: Foundation,
): Promise<void> {
  installGate(app.getHttpAdapter().getInstance(), await chooseGate(settings, new ApiKeyStore(dataSource)));
}

async function chooseGate(settings: CoordinatorSettings, keys: ApiKeyStore): Promise<Gate> {
  const { HOST } = settings;
  const tokens = tokenCheck(settings);
  if (tokens || (await keys.configured())) return credentialGate(new Credentials(new KeyRing(keys), tokens));
  if (!isLoopback(HOST))
    throw new StartError(
      `There is neither an API key nor JWKS_URL, so the coordinator would be open to whoever reaches ${HOST}. ` +
        'Make a first key (holdfast key create), or set HOST to 127.0.0.1.',
    );
  new Logger('Access').warn(
    `There is neither an API key nor JWKS_URL: whoever reaches ${HOST} is admin. ` +
      'Make a key (holdfast key create) and restart.',
  );
  return loopbackGate;
}

function tokenCheck(settings: CoordinatorSettings): TokenCheck | undefined {
  const { JWKS_URL: jwksUrl, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = settings;
  if (jwksUrl === undefined || issuer === undefined || audience === undefined) return undefined;
  const { JWT_ROLE_CLAIM: roleClaim, JWT_PARTICIPANT_CLAIM: participantClaim } = settings;
  return new TokenCheck({ jwksUrl, issuer, audience, roleClaim, participantClaim });
}
