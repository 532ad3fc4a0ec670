import type { Actor } from './actor.js';
import type { KeyRing } from './key-ring.js';

/** What came of looking at a credential. */
export type LoginResult = Actor | { readonly refusal: string };

/** Tells who sent a request by its `Authorization: Bearer ...`. */
export class Credentials {
  constructor(private readonly keys: KeyRing) {}

  /** @param isLimited whether its address failed so often that it is to cost the database nothing. */
  async check(token: string, isLimited: boolean): Promise<LoginResult> {
    const key = await this.keys.find(token, !isLimited);
    if (!key) return { refusal: 'The API key is unknown, revoked or expired.' };
    const { id, owner, role, participant } = key;
    return { owner, role, participant, authentication: 'apiKey', keyId: id };
  }
}

/** The token of an `Authorization` header; undefined where there is none of the kind. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +([^\s]+)$/i.exec(authorization ?? '')?.[1];
}
