import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import { AUDIENCE, ISSUER, KeyServer } from './key-server.suite.js';
import { CLOCK_TOLERANCE_S, JWKS_MS_MAX, JWKS_PAUSE_MS, TokenCheck } from './token-check.js';

let server: KeyServer;
let tokens: TokenCheck;
beforeEach(async () => {
  server = new KeyServer();
  await server.start();
  tokens = new TokenCheck({
    ...{ jwksUrl: server.url, issuer: ISSUER, audience: AUDIENCE },
    ...{ roleClaim: 'holdfast_role', participantClaim: 'holdfast_participant' },
  });
});
afterEach(() => server.stop());

test('a token tells owner and role; the keys are fetched once', async () => {
  const token = await server.token();
  const checks = await Promise.all(Array.from({ length: 20 }, () => tokens.check(token)));
  expect(checks[0]).toEqual({
    ...{ owner: 'alice', role: 'operator', participant: null, authentication: 'jwt', keyId: null },
  });
  expect(server.requests).toBe(1);
});

test('one of a participant names it', async () => {
  const claims = { sub: 'payment service', holdfast_role: 'participant' };
  const named = await server.token({ ...claims, holdfast_participant: 'payment' });
  expect(await tokens.check(named)).toMatchObject({ role: 'participant', participant: 'payment' });
  const unnamed = await server.token(claims);
  expect(await tokens.check(unnamed)).toMatchObject({ refusal: expect.stringContaining('participant') });
});

test.each([
  ['of another issuer', { iss: 'https://evil.example' }, 'iss'],
  ['for somebody else', { aud: 'another' }, 'aud'],
  ['without an end', { exp: undefined }, 'exp'],
  ['without an owner', { sub: undefined }, 'sub'],
  ['with an owner that is too long', { sub: 'x'.repeat(129) }, 'sub'],
  ['with an unknown role', { holdfast_role: 'root' }, 'holdfast_role'],
  ['without a role', { holdfast_role: undefined }, 'holdfast_role'],
  ['with several roles', { holdfast_role: ['viewer', 'admin'] }, 'holdfast_role'],
  ['that is not valid yet', { nbf: Math.floor(Date.now() / 1000) + 600 }, 'nbf'],
])('none %s', async (_, claims, named) => {
  expect(await tokens.check(await server.token(claims))).toEqual({ refusal: expect.stringContaining(named) });
});

test('clocks may differ a little: what ended just now is taken, what ended long ago is not', async () => {
  const just = await server.token({}, { lifeS: -CLOCK_TOLERANCE_S + 10 });
  const long = await server.token({}, { lifeS: -CLOCK_TOLERANCE_S - 10 });
  expect(await tokens.check(just)).toMatchObject({ owner: 'alice' });
  expect(await tokens.check(long)).toEqual({ refusal: 'The token has expired.' });
});

const NOT_SIGNED = { refusal: expect.stringContaining('known key') };
const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

test('none that anybody could have made: unsigned, signed with what is published, or changed on the way', async () => {
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'alice', holdfast_role: 'admin', exp: 4_000_000_000 };
  const [header = '', , signature = ''] = (await server.token()).split('.');
  const forged = [
    new UnsecuredJWT(claims).encode(),
    await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new Uint8Array(32)),
    'not.a.token',
    '',
    [header, encoded(claims), signature].join('.'),
  ];
  for (const token of forged) expect(await tokens.check(token)).toEqual(NOT_SIGNED);
});

test('none that says nothing, or asks for what is not known here', async () => {
  const [, claims = '', signature = ''] = (await server.token()).split('.');
  const extended = encoded({ alg: 'ES256', crit: ['sealed'], sealed: true });
  for (const token of [await server.sign('alice'), [extended, claims, signature].join('.')])
    expect(await tokens.check(token)).toEqual(NOT_SIGNED);
});

test('none that is signed in another way than those of the docs', async () => {
  await server.rotate('Ed25519');
  expect(await tokens.check(await server.token())).toEqual(NOT_SIGNED);
});

test('none of which nothing tells with which key it was signed', async () => {
  await server.forgetNames();
  expect(await tokens.check(await server.token())).toEqual(NOT_SIGNED);
});

/** What is checked so much later; the tokens themselves last. */
async function later<T>(ms: number, check: () => Promise<T>): Promise<T> {
  const now = Date.now;
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + ms);
  try {
    return await check();
  } finally {
    clock.mockRestore();
  }
}

test('a new key of the issuer is taken seconds later, and the one before no longer', async () => {
  const before = await server.token();
  await tokens.check(before);
  await server.rotate();
  const after = await server.token({ sub: 'bob' });
  expect(await tokens.check(after)).toEqual(NOT_SIGNED);
  const taken = await later(JWKS_PAUSE_MS, () => tokens.check(after));
  expect(taken).toMatchObject({ owner: 'bob' });
  expect(await tokens.check(before)).toEqual(NOT_SIGNED);
  expect(server.requests).toBe(2);
});

test('a key that the issuer has withdrawn is refused ten minutes later, though nobody shows a new one', async () => {
  const token = await server.token();
  await tokens.check(token);
  await server.rotate();
  expect(await later(JWKS_MS_MAX - 5_000, () => tokens.check(token))).toMatchObject({ owner: 'alice' });
  expect(await later(JWKS_MS_MAX, () => tokens.check(token))).toEqual(NOT_SIGNED);
});

test('a token is not called wrong while the keys are not to be had', async () => {
  server.isBroken = true;
  const token = await server.token();
  await expect(tokens.check(token)).rejects.toMatchObject({ problem: { status: 503, code: 'UNAVAILABLE' } });
  server.isBroken = false;
  expect(await tokens.check(token)).toMatchObject({ owner: 'alice' });
});
