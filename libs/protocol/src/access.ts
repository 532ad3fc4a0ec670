import { z } from 'zod';
import { Participant } from './identifiers.js';
import { OWNER_LENGTH_MAX } from './limits.js';

/** What a credential is good for. Which role may take which route stands in one table, the coordinator's. */
export const ROLES = ['initiator', 'participant', 'viewer', 'operator', 'admin'] as const;
export const Role = z.enum(ROLES, `must be one of ${ROLES.join(', ')}`);
export type Role = z.infer<typeof Role>;

/** Whose a credential is: a service or a person. It scopes idempotency keys and signs what operators do. */
export const Owner = z
  .string()
  .min(1)
  .max(OWNER_LENGTH_MAX)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'an owner holds no control characters and no half of a surrogate pair');

/** What a new API key is to be good for. */
export const ApiKeyGrant = z
  .object({
    owner: Owner,
    role: Role,
    /** The one participant for which it may register branches and report answers: given with that role, and only then. */
    participant: Participant.nullable().default(null),
    /** Milliseconds since 1970; null for a key that ends by revocation only. */
    expiresAt: z.int().positive().nullable().default(null),
  })
  .refine(({ role, participant }) => (role === 'participant') === (participant !== null), {
    message: 'is given with the role participant, and only then',
    path: ['participant'],
  });
export type ApiKeyGrant = z.input<typeof ApiKeyGrant>;
