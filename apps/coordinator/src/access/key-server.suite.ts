import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JWTPayload } from 'jose';

export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'holdfast';

/** An issuer of tokens that publishes its keys on this machine. */
export class KeyServer {
  requests = 0;
  /** Answers 500 while set. */
  isBroken = false;
  private keyId = '';
  private privateKey: CryptoKey | undefined;
  private published: object[] = [];
  private readonly server = createServer((_, response) => {
    this.requests += 1;
    response.statusCode = this.isBroken ? 500 : 200;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: this.published }));
  });

  async start(): Promise<void> {
    await this.rotate();
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/keys`;
  }

  /** Signs with a new key from now on, and no longer publishes the one before. */
  async rotate(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    this.keyId = `key of ${performance.now()}`;
    this.privateKey = privateKey;
    this.published = [{ ...(await exportJWK(publicKey)), kid: this.keyId, alg: 'ES256' }];
  }

  /** A token that does, but for what is given otherwise. */
  async token(claims: JWTPayload = {}, { lifeS = 60 } = {}): Promise<string> {
    const nowS = Math.floor(Date.now() / 1000);
    const payload = {
      ...{ iss: ISSUER, aud: AUDIENCE, sub: 'alice', holdfast_role: 'operator', exp: nowS + lifeS },
      ...claims,
    };
    const signing = new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: this.keyId });
    return signing.sign(this.privateKey as CryptoKey);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
