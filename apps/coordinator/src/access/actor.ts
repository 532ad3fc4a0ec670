import { createParamDecorator } from '@nestjs/common';
import type { Role } from '@holdfast/protocol';
import type { FastifyRequest } from 'fastify';

/** Who sent a request, as his credential says. */
export interface Actor {
  /** The service or person. Idempotency keys are his own, and operator actions are signed with it. */
  readonly owner: string;
  readonly role: Role;
  /** The one participant for which a credential with that role speaks. */
  readonly participant: string | null;
  /** `loopback`: nobody has to say who he is, since nothing is configured and only this machine gets through. */
  readonly authentication: 'apiKey' | 'jwt' | 'loopback';
  /** The API key's id. */
  readonly keyId: string | null;
}

/** What came of looking at a credential. */
export type LoginResult = Actor | { readonly refusal: string };

/** Everybody, while nothing is configured. */
export const LOOPBACK_ADMIN: Actor = {
  owner: 'anybody',
  role: 'admin',
  participant: null,
  authentication: 'loopback',
  keyId: null,
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before a route is reached; absent only on routes that are open to everybody. */
    actor?: Actor;
  }
}

/** A controller's parameter: the `Actor` who sent the request. */
export const CurrentActor = createParamDecorator((_data: unknown, context): Actor => {
  const { actor } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!actor) throw new Error('The route is open to everybody: there is no actor');
  return actor;
});
