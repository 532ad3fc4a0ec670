import { request as rawRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROLES } from '@holdfast/protocol';
import type { Role } from '@holdfast/protocol';
import type { RunningService } from '@holdfast/service';
import { newXid } from '@holdfast/testing';
import { CoordinatorUnderTest } from '../coordinator-under-test.suite.js';
import { tableOf } from './access-page.suite.js';
import { ACCESS_RULES } from './access-rules.js';
import { FAILURES_MAX } from './failed-logins.js';
import { servedRoutes } from './gate.js';

const OPEN = 0;
const CLOSED = 1;
/** What whoever runs it asks before there is a credential. */
const OPEN_TO_EVERYBODY = ['GET /livez', 'GET /readyz'];
type Header = { authorization: string };

const cut = new CoordinatorUnderTest();
const as = {} as Record<Role, Header>;
let other: Header;
let closed: RunningService;

beforeAll(async () => {
  await cut.start();
  for (const role of ROLES)
    as[role] = await cut.credential({
      ...{ owner: `the ${role}`, role },
      participant: role === 'participant' ? 'p' : null,
    });
  other = await cut.credential({ owner: 'another', role: 'initiator' });
  closed = await cut.startCoordinator({ HOST: '0.0.0.0' });
});
afterAll(() => cut.stop());

function routesOf(service: RunningService): string[] {
  return servedRoutes(service.app.getHttpAdapter().getInstance());
}

/** What is answered on a route, with something in place of its parameters; a stream is not waited for. */
async function statusOf(service: RunningService, route: string, headers: object = {}): Promise<number> {
  const [method = '', pattern = ''] = route.split(' ');
  const path = pattern.replaceAll(':xid', newXid()).replaceAll(/:\w+/g, 'x');
  const body = method === 'GET' ? {} : { body: '{}' };
  const type = { 'content-type': 'application/json' };
  const response = await fetch(service.url.replace('0.0.0.0', '127.0.0.1') + path, {
    method,
    headers: { ...type, ...headers },
    ...body,
  });
  await response.body?.cancel();
  return response.status;
}

describe('peer defect 25: once a key exists everything is closed', () => {
  test('every route of the server has a rule, and every rule its route', () => {
    expect(routesOf(closed).sort()).toEqual(Object.keys(ACCESS_RULES).sort());
  });

  test('I15: each role can take what its row of the docs says and nothing else, and nobody anything without a credential', async () => {
    const rows = await tableOf('roles');
    const granted = new Map(
      rows.map(([route = '', ...cells]) => [
        route.replaceAll('`', ''),
        new Set(ROLES.filter((_, at) => cells[at] === 'yes')),
      ]),
    );
    expect([...granted.keys()].sort()).toEqual(routesOf(closed).sort());
    const wrong: string[] = [];
    for (const [route, roles] of granted) {
      const status = await statusOf(closed, route);
      if ((status === 401) === OPEN_TO_EVERYBODY.includes(route)) wrong.push(`nobody: ${route}: ${status}`);
      for (const role of ROLES) {
        const status = await statusOf(closed, route, as[role]);
        // A participant's own check comes after the body's, which is empty here.
        if ((status !== 401 && status !== 403) !== roles.has(role))
          wrong.push(`${role}: ${route}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('a route that does not exist tells nothing to strangers', async () => {
    expect(await statusOf(closed, 'GET /v1/nothing')).toBe(401);
    expect(await statusOf(closed, 'GET /v1/nothing', as.viewer)).toBe(404);
  });

  test('a refusal is a problem that says what would do', async () => {
    const without = await cut.request('GET', '/v1/transactions', undefined, {}, CLOSED);
    expect(without).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect(without.headers.get('www-authenticate')).toBe('Bearer');
    expect(without.headers.get('content-type')).toContain('application/problem+json');
    const weak = await cut.post('/v1/transactions', { name: 'test', branches: [] }, as.viewer, CLOSED);
    expect(weak).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(weak.body.detail).toContain('initiator');
  });

  test('a large body is not read for somebody who may not send it', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(2 * 1024 * 1024) });
    expect(await cut.post('/v1/transactions', body, {}, CLOSED)).toMatchObject({ status: 401 });
    expect(await cut.post('/v1/transactions', body, as.initiator, CLOSED)).toMatchObject({ status: 413 });
  });

  test.each([
    ['path', `/v1/transactions/${encodeURIComponent("x' or '1'='1")}`],
    ['path of a branch', `/v1/transactions/${newXid()}'--/branches`],
    ['filter', `/v1/transactions?name=${encodeURIComponent("x'; drop table transactions; --")}`],
    ['cursor', `/v1/transactions?cursor=${encodeURIComponent("' or true --")}`],
    ['reference', `/v1/transactions?reference=${encodeURIComponent("' or '1'='1")}`],
  ])('SQL in a %s is a value that nothing matches, or is refused', async (_, path) => {
    await cut.declare(['p']);
    const answer = await cut.request('GET', path, undefined, as.viewer, CLOSED);
    if (answer.status === 200) expect(answer.body.items).toEqual([]);
    else expect([404, 422]).toContain(answer.status);
    expect(await cut.sql('select 1 from transactions limit 1')).toHaveLength(1);
  });
});

describe('I15: a participant speaks for itself alone', () => {
  async function interactive(): Promise<string> {
    const begun = await cut.post('/v1/transactions', { name: 'test' }, as.initiator, CLOSED);
    return begun.body.xid;
  }
  const branchOf = (participant: string) => ({
    ...{ branchId: participant, participant, resource: `${participant}.reserve`, input: { n: 1 } },
    tryBy: 'participant',
  });

  test('it registers and reports its own branch', async () => {
    const path = `/v1/transactions/${await interactive()}/branches`;
    expect(await cut.post(path, branchOf('p'), as.participant, CLOSED)).toMatchObject({ status: 200 });
    const report = `${path}/p/actions/tried`;
    const told = await cut.post(report, { answer: { held: 1 } }, as.participant, CLOSED);
    expect(told).toMatchObject({ status: 200, body: { state: 'tried' } });
  });

  test('not one of another, of which nothing stands afterwards', async () => {
    const path = `/v1/transactions/${await interactive()}/branches`;
    const foreign = await cut.post(path, branchOf('q'), as.participant, CLOSED);
    expect(foreign).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    await cut.post(path, branchOf('q'), as.initiator, CLOSED);
    for (const [action, body] of [
      ['tried', { answer: {} }],
      ['refused', { code: 'NO', message: 'no' }],
    ] as const) {
      const told = await cut.post(`${path}/q/actions/${action}`, body, as.participant, CLOSED);
      expect(told).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    }
    const seen = await cut.request('GET', path.replace('/branches', ''), undefined, as.viewer, CLOSED);
    expect(seen.body.branches).toMatchObject([{ branchId: 'q', state: 'trying' }]);
  });

  test('of a branch that nobody registered it learns just that', async () => {
    const path = `/v1/transactions/${await interactive()}/branches/none/actions/tried`;
    const told = await cut.post(path, { answer: {} }, as.participant, CLOSED);
    expect(told).toMatchObject({ status: 404, body: { code: 'BRANCH_NOT_FOUND' } });
  });
});

test('an idempotency key belongs to its owner: the same key of another begins another transaction', async () => {
  const begin = (who: Header) =>
    cut.post('/v1/transactions', { name: 'test' }, { ...who, 'idempotency-key': 'order-1' }, CLOSED);
  const first = await begin(as.initiator);
  const second = await begin(other);
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body.xid).not.toBe(first.body.xid);
  expect(await begin(as.initiator)).toMatchObject({ status: 200, body: { xid: first.body.xid } });
});

test('who fails too often is told to wait, and a right credential is let in all the same', async () => {
  const wrong = { authorization: `Bearer hf_${'0'.repeat(16)}_${'a'.repeat(43)}` };
  const attempt = () => cut.request('GET', '/v1/transactions', undefined, wrong, CLOSED);
  for (let i = 0; i < FAILURES_MAX; i++) expect(await attempt()).toMatchObject({ status: 401 });
  const last = await attempt();
  expect(last).toMatchObject({ status: 429, body: { code: 'TOO_MANY_FAILED_LOGINS' } });
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await cut.request('GET', '/v1/transactions', undefined, as.viewer, CLOSED)).toMatchObject({
    status: 200,
  });
});

describe('with nothing configured', () => {
  /** `fetch` lets nobody choose the Host. */
  function statusWith(headers: Record<string, string>): Promise<number | undefined> {
    const { url } = cut.services[OPEN]?.service as RunningService;
    return new Promise((resolve, reject) => {
      const request = rawRequest(`${url}/v1/transactions`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject).end();
    });
  }

  test('everybody on this machine is admin', async () => {
    expect(await cut.get('/v1/transactions', OPEN)).toMatchObject({ status: 200 });
    expect(await cut.declare(['p'])).toMatchObject({ status: 201 });
  });

  test.each([
    ['a foreign name that points here', { host: 'evil.example:3000' }, 403],
    ['a page of another site', { host: 'localhost', origin: 'https://evil.example' }, 403],
    ['a page without an origin of its own', { host: 'localhost', origin: 'null' }, 403],
    ['a name that begins like this machine', { host: '127.0.0.1.evil.example' }, 403],
    ['a page of this machine', { host: 'localhost:3000', origin: 'http://localhost:5173' }, 200],
    ['this machine by its address of version 6', { host: '[::1]:3000' }, 200],
  ])('peer defect 25: %s', async (_, headers, status) => {
    expect(await statusWith(headers as Record<string, string>)).toBe(status);
  });
});
