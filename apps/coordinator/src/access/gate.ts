import { Logger } from '@nestjs/common';
import { HttpProblem } from '@holdfast/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isOpenToEverybody, rolesAllowed, routeKey } from './access-rules.js';
import { LOOPBACK_ADMIN } from './actor.js';
import type { Actor } from './actor.js';
import { bearerCredential } from './credentials.js';
import type { Credentials } from './credentials.js';
import { FailedLogins } from './failed-logins.js';
import { foreignHeader } from './loopback.js';

/**
 * Stands before every route, before a body is read: also before those that Nest does not know, and before "not found".
 */
export type Gate = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** While nothing is configured: every caller on this machine is admin, but no page of another that his browser shows. */
export const loopbackGate: Gate = async (request) => {
  const foreign = foreignHeader(request.headers.host, request.headers.origin);
  if (foreign)
    throw HttpProblem.of(
      'FOREIGN_REQUEST',
      `The ${foreign} header names another machine. Without API keys only this one is served.`,
    );
  request.actor = LOOPBACK_ADMIN;
};

/** Once credentials are configured: closed, but for what the rules say. */
export function credentialGate(credentials: Credentials, now = () => performance.now()): Gate {
  const failedLogins = new FailedLogins();
  const logger = new Logger('Access');

  async function login(request: FastifyRequest, reply: FastifyReply): Promise<Actor> {
    const credential = bearerCredential(request.headers.authorization);
    if (credential === undefined) throw unauthenticated(reply, 'Send "Authorization: Bearer <credential>".');
    const address = request.ip;
    const waitMs = failedLogins.waitMs(address, now());
    const result = await credentials.check(credential, waitMs > 0);
    if (!('refusal' in result)) return result;
    if (waitMs > 0) throw tooManyFailures(reply, waitMs);
    failedLogins.add(address, now());
    logger.warn(`A login from ${address} failed: ${result.refusal}`);
    throw unauthenticated(reply, result.refusal);
  }

  return async (request, reply) => {
    const { url } = request.routeOptions;
    const route = url === undefined ? undefined : routeKey(request.method, url);
    if (route !== undefined && isOpenToEverybody(route)) return;
    request.actor = await login(request, reply);
    if (route !== undefined) expectAllowed(route, request.actor);
  };
}

function expectAllowed(route: string, { role }: Actor): void {
  const allowed = rolesAllowed(route);
  if (allowed.includes(role)) return;
  throw HttpProblem.of('FORBIDDEN', `${route} is for ${allowed.join(', ') || 'nobody'}, not for ${role}.`);
}

function unauthenticated(reply: FastifyReply, detail: string): HttpProblem {
  void reply.header('www-authenticate', 'Bearer');
  return HttpProblem.of('UNAUTHENTICATED', detail);
}

function tooManyFailures(reply: FastifyReply, waitMs: number): HttpProblem {
  const waitSeconds = Math.ceil(waitMs / 1000);
  void reply.header('retry-after', String(waitSeconds));
  return HttpProblem.of(
    'TOO_MANY_FAILED_LOGINS',
    `Too many logins from this address failed. Repeat with a right credential, or in ${waitSeconds} s.`,
  );
}

/** Puts the gate before all routes, and remembers the routes for whoever wants to hold them against the rules. */
export function installGate(fastify: FastifyInstance, gate: Gate): void {
  const routes = new Set<string>();
  fastify.decorate('routeKeys', routes);
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.add(routeKey(each, url));
  });
  fastify.addHook('onRequest', gate);
}

/** All routes that stand behind a gate, such as `GET /v1/transactions`. */
export function servedRoutes(fastify: FastifyInstance): string[] {
  return [...fastify.getDecorator<ReadonlySet<string>>('routeKeys')];
}
