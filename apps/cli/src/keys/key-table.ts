import type { ApiKey } from '@holdfast/store';
import { textTable } from '../text/table.js';

/** Keys for people. Their secrets are told once, when they are made. */
export function keyTable(keys: readonly ApiKey[], now: number): string {
  return textTable(
    ['KEY', 'OWNER', 'ROLE', 'PARTICIPANT', 'STATE', 'CREATED', 'EXPIRES'],
    keys.map((key) => [
      key.id,
      key.owner,
      key.role,
      key.participant,
      stateOf(key, now),
      timeText(key.createdAt),
      key.expiresAt === null ? null : timeText(key.expiresAt),
    ]),
  );
}

function stateOf({ expiresAt, revokedAt }: ApiKey, now: number): 'valid' | 'revoked' | 'expired' {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'valid';
}

function timeText(at: number): string {
  return new Date(at).toISOString();
}
