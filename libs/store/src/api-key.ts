import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const ID_BYTES = 8;
/** As many bits as the hash has: nobody finds it by guessing, so a slow hash would add nothing. */
const SECRET_BYTES = 32;
const KEY = /^hf_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/** The two halves of a key's text, `hf_<id>_<secret>`: only the first is ever stored or shown again. */
export interface KeyParts {
  readonly id: string;
  readonly secret: string;
}

export function newKey(): KeyParts {
  return {
    id: randomBytes(ID_BYTES).toString('hex'),
    secret: randomBytes(SECRET_BYTES).toString('base64url'),
  };
}

export function keyText({ id, secret }: KeyParts): string {
  return `hf_${id}_${secret}`;
}

/** Undefined for what is no key's text. */
export function parseKey(text: string): KeyParts | undefined {
  const [, id, secret] = KEY.exec(text) ?? [];
  return id !== undefined && secret !== undefined ? { id, secret } : undefined;
}

export function secretHash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** In a time that tells nothing about how much of it is right. */
export function isSecretOf(hash: Buffer, secret: string): boolean {
  return timingSafeEqual(hash, secretHash(secret));
}
