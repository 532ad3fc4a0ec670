import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactSign, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JWTPayload } from 'jose';

export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'holdfast';

/** An issuer of tokens that publishes its keys on this machine. */
export class KeyServer {
  requests = 0;
  /** Answers 500 while set. */
  isBroken = false;
  private algorithm = '';
  private keyId: string | undefined;
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
  async rotate(algorithm = 'ES256'): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(algorithm);
    this.algorithm = algorithm;
    this.keyId = `key of ${performance.now()}`;
    this.privateKey = privateKey;
    this.published = [{ ...(await exportJWK(publicKey)), kid: this.keyId, alg: algorithm }];
  }

  /** Publishes two keys that nothing tells apart, nor do its tokens say which of them it was. */
  async forgetNames(): Promise<void> {
    const { publicKey } = await generateKeyPair(this.algorithm);
    this.keyId = undefined;
    this.published = [...this.published, await exportJWK(publicKey)].map((key) => ({
      ...key,
      kid: undefined,
    }));
  }

  /** A token that does, but for what is given otherwise. */
  async token(claims: JWTPayload = {}, { lifeS = 60 } = {}): Promise<string> {
    const nowS = Math.floor(Date.now() / 1000);
    return this.sign({
      ...{ iss: ISSUER, aud: AUDIENCE, sub: 'alice', holdfast_role: 'operator', exp: nowS + lifeS },
      ...claims,
    });
  }

  async sign(content: unknown): Promise<string> {
    const header = { alg: this.algorithm, ...(this.keyId !== undefined && { kid: this.keyId }) };
    const signing = new CompactSign(Buffer.from(JSON.stringify(content))).setProtectedHeader(header);
    return signing.sign(this.privateKey as CryptoKey);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
