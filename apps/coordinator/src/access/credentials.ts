import type { LoginResult } from './actor.js';
import type { KeyRing } from './key-ring.js';
import type { TokenCheck } from './token-check.js';

/** Tells who sent a request by its `Authorization: Bearer ...`. */
export class Credentials {
  /** @param tokens undefined where no JWKS is configured. */
  constructor(
    private readonly keys: KeyRing,
    private readonly tokens: TokenCheck | undefined,
  ) {}

  /** @param isLimited whether its address failed so often that it is to cost the database nothing. */
  async check(credential: string, isLimited: boolean): Promise<LoginResult> {
    if (this.tokens && !credential.startsWith('hf_')) return this.tokens.check(credential);
    const key = await this.keys.find(credential, !isLimited);
    if (!key) return { refusal: 'The API key is unknown, revoked or expired.' };
    const { id, owner, role, participant } = key;
    return { owner, role, participant, authentication: 'apiKey', keyId: id };
  }
}

/** The credential of an `Authorization` header; undefined where there is none of the kind. */
export function bearerCredential(authorization: string | undefined): string | undefined {
  return /^Bearer +([^\s]+)$/i.exec(authorization ?? '')?.[1];
}
