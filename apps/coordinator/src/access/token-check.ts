import { Owner, Participant, Role } from '@holdfast/protocol';
import { HttpProblem } from '@holdfast/service';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import type { LoginResult } from './actor.js';

/** Whose tokens are taken, and what they say. */
export interface TokenOptions {
  /** Where the issuer publishes the keys that it signs with (JWKS, RFC 7517). */
  readonly jwksUrl: string;
  readonly issuer: string;
  /** Who the token has to be made for: this coordinator. */
  readonly audience: string;
  /** The claims that hold the role, and the participant's name where the role is `participant`. */
  readonly roleClaim: string;
  readonly participantClaim: string;
}

/** So much may the issuer's clock differ from this one's. */
export const CLOCK_TOLERANCE_S = 30;
/** A key that the issuer withdraws is refused at the latest so long after. */
export const JWKS_MS_MAX = 600_000;
/** For a key that is not known yet the issuer is asked again, but not more often than this. */
export const JWKS_PAUSE_MS = 5_000;
const JWKS_ANSWER_MS_MAX = 5_000;
/** None whose key can sign as well as verify: whoever may read the keys must not be able to make tokens. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Checks JSON Web Tokens (RFC 7519) by the published keys of their issuer, which stay in memory. */
export class TokenCheck {
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(private readonly options: TokenOptions) {
    this.keys = createRemoteJWKSet(new URL(options.jwksUrl), {
      cacheMaxAge: JWKS_MS_MAX,
      cooldownDuration: JWKS_PAUSE_MS,
      timeoutDuration: JWKS_ANSWER_MS_MAX,
    });
  }

  /** @throws a problem if the issuer's keys are not to be had: then nobody knows what the token is worth. */
  async check(token: string): Promise<LoginResult> {
    const { issuer, audience } = this.options;
    try {
      const { payload } = await jwtVerify(token, this.keys, {
        ...{ issuer, audience, algorithms: ALGORITHMS },
        clockTolerance: CLOCK_TOLERANCE_S,
        requiredClaims: ['exp', 'sub'],
      });
      return this.actorOf(payload);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== undefined) return { refusal };
      throw HttpProblem.of(
        'UNAVAILABLE',
        `The keys of ${issuer} can't be read (${(error as Error).message}). Try again in a moment.`,
      );
    }
  }

  private actorOf(payload: JWTPayload): LoginResult {
    const { roleClaim, participantClaim } = this.options;
    const owner = Owner.safeParse(payload.sub);
    if (!owner.success) return { refusal: `The token's sub does not do: ${owner.error.issues[0]?.message}.` };
    const role = Role.safeParse(payload[roleClaim]);
    if (!role.success) return { refusal: `The token's ${roleClaim} ${role.error.issues[0]?.message}.` };
    const signedBy = { authentication: 'jwt', keyId: null } as const;
    if (role.data !== 'participant')
      return { ...signedBy, owner: owner.data, role: role.data, participant: null };
    const participant = Participant.safeParse(payload[participantClaim]);
    if (!participant.success) return { refusal: `The token's ${participantClaim} names no participant.` };
    return { ...signedBy, owner: owner.data, role: role.data, participant: participant.data };
  }
}

/** What is wrong with a token, in a sentence without a piece of it; undefined where the token is not to blame. */
function refusalOf(error: unknown): string | undefined {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return `The token's ${error.claim} does not fit.`;
  if (
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  )
    return 'The token is none that a known key of the issuer has signed.';
  return undefined;
}
