import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort } from '@holdfast/testing';
import { holdfast, type CommandResult, type Surroundings } from '../command-under-test.suite.js';
import { EXIT } from '../exit-code.js';
import {
  FakeCoordinator,
  OTHER_XID,
  XID,
  detail,
  explanation,
  frozen,
  history,
  participant,
  refused,
  summary,
} from './fake-coordinator.suite.js';

const tx = `/v1/transactions/${XID}`;
let coordinator: FakeCoordinator;
let url: string;

beforeEach(async () => {
  coordinator = new FakeCoordinator();
  url = await coordinator.start();
});
afterEach(() => coordinator.stop());

const run = (words: string, more: Surroundings = {}): Promise<CommandResult> =>
  holdfast(words, { ...more, env: { HOLDFAST_URL: `${url}/`, HOLDFAST_API_KEY: 'hf_key', ...more.env } });
const posts = () => coordinator.requests.filter(({ method }) => method === 'POST');
const item = { ...summary, branches: undefined };

describe('reading', () => {
  test('a list passes its filters on, with the credential, and says how to go on', async () => {
    coordinator.routes.set('GET /v1/transactions', { body: { items: [item], next: 'c2' } });
    const { exitCode, out } = await run(
      'tx list --phase confirming --older-than 10m --min-attempts 3 --limit 1',
    );
    expect(exitCode).toBe(EXIT.ok);
    expect(out).toMatch(/^XID +NAME +REFERENCE +PHASE +STANDING/);
    expect(out).toMatch(new RegExp(`${XID} +checkout +2026-0001 +confirming +hung \\(NO_REPLY\\)`));
    expect(out).toContain('add --cursor c2');
    const [request] = coordinator.requests;
    expect(new URL(request?.path ?? '', url).searchParams.toString()).toBe(
      'phase=confirming&olderThan=10m&minAttempts=3&limit=1',
    );
    expect(request?.headers.authorization).toBe('Bearer hf_key');
  });

  test('options stand over the environment', async () => {
    coordinator.routes.set('GET /v1/participants', { body: { items: [] } });
    const env = { HOLDFAST_URL: 'http://127.0.0.1:1', HOLDFAST_API_KEY: 'old' };
    const { exitCode } = await run(`participant list --url ${url} --api-key new`, { env });
    expect(exitCode).toBe(EXIT.ok);
    expect(coordinator.requests[0]?.headers.authorization).toBe('Bearer new');
  });

  test('the xids alone come from all pages, a line each', async () => {
    coordinator.routes.set('GET /v1/transactions', ({ path }) =>
      path.includes('cursor=c2')
        ? { body: { items: [{ ...item, xid: OTHER_XID }], next: null } }
        : { body: { items: [item], next: 'c2' } },
    );
    expect((await run('tx list --ids')).out).toBe(`${XID}\n${OTHER_XID}`);
  });

  test('get shows the branch by operation matrix, on a line for each branch', async () => {
    coordinator.routes.set(`GET ${tx}`, { body: detail, etag: '"1"' });
    const { out } = await run(`tx get ${XID}`);
    expect(out).toMatch(/^standing +hung \(NO_REPLY\)$/m);
    expect(out).toMatch(
      /^4 +payment +payment\.freeze +confirming +done ×1 +pending ×7 +- .*HANDLER_TIMEOUT: It took longer than 5 s$/m,
    );
  });

  test('explain names branch, code, last error, next attempt and runbook', async () => {
    coordinator.routes.set(`GET ${tx}/explain`, { body: explanation });
    const { out } = await run(`tx explain ${XID}`);
    expect(out).toMatch(/^why +It waits for payment\.$/m);
    expect(out).toMatch(/^runbook +runbooks\/no-reply\.md$/m);
    expect(out).toMatch(
      /^4 +payment +payment\.freeze +confirm +NO_REPLY +.* ago +7 +.* ago +HANDLER_TIMEOUT/m,
    );
    expect(out).toContain('4: payment does not answer.');
  });

  test('history tells how many attempts it leaves out', async () => {
    coordinator.routes.set(`GET ${tx}/history`, { body: history });
    const { out } = await run(`tx history ${XID}`);
    expect(out).toMatch(/ 4 +confirm +7 +unanswered +- +-$/m);
    expect(out).toContain('5 more attempts were made');
  });

  test('stuck has a line for each branch that is waited for', async () => {
    coordinator.routes.set('GET /v1/transactions', { body: { items: [item], next: null } });
    coordinator.routes.set(`GET ${tx}/explain`, { body: explanation });
    const { out } = await run('stuck');
    expect(coordinator.requests[0]?.path).toBe('/v1/transactions?hung=true&limit=20');
    expect(out).toMatch(new RegExp(`${XID} +checkout +confirming +.* ago +NO_REPLY +4 +payment +7 `));
    expect(out).toContain(`holdfast tx explain ${XID}`);
    const { items } = JSON.parse((await run('stuck --older-than 10m --json')).out);
    expect(coordinator.requests[2]?.path).toBe('/v1/transactions?olderThan=10m&limit=20');
    expect(items).toMatchObject([{ xid: XID, explanation: { code: 'NO_REPLY' } }]);
  });

  test('nothing that hangs is good news', async () => {
    coordinator.routes.set('GET /v1/transactions', { body: { items: [], next: null } });
    expect(await run('stuck')).toEqual({ exitCode: EXIT.ok, out: 'Nothing hangs.', err: '' });
  });

  test('participants, what is frozen, and the audit', async () => {
    coordinator.routes.set('GET /v1/participants', { body: { items: [participant] } });
    coordinator.routes.set('GET /v1/frozen', { body: frozen });
    expect((await run('participant list')).out).toMatch(
      /^payment +paused, does not answer +.* ago +payment\.freeze +0\.1\.0 +ada, .* ago +upgrade$/m,
    );
    const held = (await run('frozen --participant payment')).out;
    expect(held).toMatch(/forced \(by force\) +\{"amountMinor":"100"\}$/m);
    expect(held).toContain('add --cursor more');
    coordinator.routes.set('GET /v1/audit', { body: { items: [], next: null } });
    expect((await run('audit --actor ada')).out).toBe('No operator has done anything that fits.');
    expect(coordinator.requests.at(-1)?.path).toBe('/v1/audit?actor=ada');
  });

  test('programs get the body as it came, also what this version knows nothing of', async () => {
    coordinator.routes.set(`GET ${tx}`, { body: { ...detail, fromTheFuture: 1 }, etag: '"1"' });
    expect(JSON.parse((await run(`tx get ${XID} --json`)).out)).toEqual({ ...detail, fromTheFuture: 1 });
  });
});

describe('actions', () => {
  test.each(['retry', 'pause', 'resume'])(
    '%s sends the reason, and tells how it stands after it',
    async (name) => {
      coordinator.routes.set(`POST ${tx}/actions/${name}`, { body: summary });
      const { exitCode, out } = await run(`tx ${name} ${XID} --reason tidying`);
      expect(exitCode).toBe(EXIT.ok);
      expect(posts()).toMatchObject([{ body: { reason: 'tidying' } }]);
      expect(out).toBe(`${name} ${XID}: done. It is confirming, hung (NO_REPLY).`);
    },
  );

  test('retry may name branches', async () => {
    coordinator.routes.set(`POST ${tx}/actions/retry`, { body: summary });
    await run(`tx retry ${XID} --branch 3 4 --reason tidying`);
    expect(posts()[0]?.body).toEqual({ reason: 'tidying', branchIds: ['3', '4'] });
  });

  test('an action without a reason is a mistake of usage, and nothing is sent', async () => {
    for (const words of [`tx retry ${XID}`, `tx cancel ${XID} --yes`, 'participant pause payment'])
      expect(await run(words)).toMatchObject({
        exitCode: EXIT.usage,
        err: expect.stringContaining("required option '--reason <text>'"),
      });
    expect(coordinator.requests).toEqual([]);
  });

  test('of several, one that is refused stops no other, and the exit code says partly', async () => {
    coordinator.routes.set(`POST ${tx}/actions/pause`, { body: summary });
    const both = await run(`tx pause ${OTHER_XID} ${XID} --reason restore`);
    expect(both.exitCode).toBe(EXIT.partly);
    expect(both.err).toContain(`${OTHER_XID}: There is no such route`);
    expect(both.out).toContain(`pause ${XID}: done.`);
  });

  test('cancel shows what is there, and means exactly that', async () => {
    coordinator.routes.set(`GET ${tx}`, { body: detail, etag: '"seen"' });
    coordinator.routes.set(`POST ${tx}/actions/cancel`, { body: { ...summary, phase: 'cancelling' } });
    const { exitCode, out, err } = await run(`tx cancel ${XID} --reason wrong --yes`);
    expect(exitCode).toBe(EXIT.ok);
    expect(err).toMatch(/pending ×7/);
    expect(err).toContain('This cannot be taken back.');
    expect(out).toContain('It is cancelling');
    expect(posts()).toMatchObject([{ headers: { 'if-match': '"seen"' }, body: { reason: 'wrong' } }]);
  });

  test.each([
    ['nobody is there', undefined, EXIT.usage, 'add --yes'],
    ['the person says no', ['no'], EXIT.error, 'Nothing was done.'],
    ['the person says yes', ['yes'], EXIT.ok, 'Type yes to go on'],
  ])('what destroys asks first: %s', async (_case, answers, exitCode, said) => {
    coordinator.routes.set(`GET ${tx}`, { body: detail, etag: '"seen"' });
    coordinator.routes.set(`POST ${tx}/actions/force-resolve`, { body: { ...summary, forced: true } });
    const words = `tx force-resolve ${XID} 4 --reason gone --evidence ticket-1 --participant-gone`;
    const result = await run(words, answers ? { answers } : {});
    expect(result.exitCode).toBe(exitCode);
    expect(result.err).toContain(said);
    expect(result.err).toContain('Branch 4 is ended by force without its participant');
    const sent = { branchId: '4', reason: 'gone', evidence: 'ticket-1', participantGone: true };
    expect(posts().map(({ body }) => body)).toEqual(exitCode === EXIT.ok ? [sent] : []);
  });

  test('a contradiction that is settled is acknowledged with evidence, and nobody is asked: nothing else changes', async () => {
    coordinator.routes.set(`POST ${tx}/actions/acknowledge`, { body: { ...summary, contradicted: true } });
    expect((await run(`tx acknowledge ${XID} 4 --reason counted`)).exitCode).toBe(EXIT.usage);
    const { exitCode, out } = await run(`tx acknowledge ${XID} 4 --reason counted --evidence ticket-1`);
    expect([exitCode, out]).toEqual([
      EXIT.ok,
      `${XID}: done. It is confirming, hung (NO_REPLY), contradicted.`,
    ]);
    expect(posts().map(({ body }) => body)).toEqual([
      { branchId: '4', reason: 'counted', evidence: 'ticket-1' },
    ]);
  });

  test('a participant is paused and resumed', async () => {
    for (const action of ['pause', 'resume'])
      coordinator.routes.set(`POST /v1/participants/payment/actions/${action}`, { body: participant });
    expect((await run('participant pause payment --reason upgrade')).out).toContain('payment is paused');
    expect((await run('participant resume payment --reason upgraded')).out).toContain('payment goes on');
    expect(posts().map(({ body }) => body)).toEqual([{ reason: 'upgrade' }, { reason: 'upgraded' }]);
  });
});

describe('exit codes', () => {
  test.each([
    ['TRANSACTION_NOT_FOUND', EXIT.notFound],
    ['INVALID_REQUEST', EXIT.usage],
    ['ALREADY_CONFIRMED', EXIT.conflict],
    ['PRECONDITION_FAILED', EXIT.conflict],
    ['PRECONDITION_REQUIRED', EXIT.conflict],
    ['PARTICIPANT_PAUSED', EXIT.conflict],
    ['UNAVAILABLE', EXIT.error],
    ['INTERNAL', EXIT.error],
  ] as const)('%s is %i', async (code, exitCode) => {
    coordinator.routes.set(`POST ${tx}/actions/retry`, refused(code, 'Do something else.'));
    const result = await run(`tx retry ${XID} --reason x`);
    expect(result.exitCode).toBe(exitCode);
    expect(result.err).toContain('Do something else.');
    expect(result.out).toBe('');
  });

  test('fields at fault are told one by one', async () => {
    coordinator.routes.set('GET /v1/frozen', refused('INVALID_REQUEST', 'One field is at fault.'));
    expect((await run('frozen --limit 9999')).err).toContain('\n  /limit: too big');
  });

  test('a coordinator that is away, or is none, is an error with what to look at', async () => {
    const away = await run('stuck', { env: { HOLDFAST_URL: `http://127.0.0.1:${await freePort()}` } });
    expect(away).toMatchObject({
      exitCode: EXIT.error,
      err: expect.stringMatching(/ECONNREFUSED.*HOLDFAST_URL/),
    });
    coordinator.routes.set('GET /v1/transactions', { status: 502, body: 'a proxy' });
    const none = await run('stuck');
    expect(none).toMatchObject({
      exitCode: EXIT.error,
      err: expect.stringContaining('is no coordinator (HTTP 502)'),
    });
    coordinator.routes.set('GET /v1/transactions', { body: { items: 'other' } });
    expect((await run('stuck')).err).toContain('answers otherwise than this version');
    expect(await run('stuck --url localhost:3000')).toMatchObject({ exitCode: EXIT.usage });
  });
});

describe('watch', () => {
  const event = (id: string, type: string, data: object) =>
    `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  const ended = (xid: string) =>
    event('0:9', 'ended', { xid, name: 'checkout', outcome: 'confirmed', reason: null, endedAt: 0 });

  test('of one transaction ends with it, goes on where a stream broke, and shows no other', async () => {
    coordinator.routes.set(`GET ${tx}`, { body: detail, etag: '"1"' });
    const streams = [
      'id: 0:5\n\n' +
        event('0:6', 'hung', { xid: XID, name: 'checkout', at: 0, code: 'NO_REPLY', message: 'no' }),
      ended(OTHER_XID) + ended(XID),
    ];
    coordinator.routes.set('GET /v1/stream', {
      stream: (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(streams.shift());
      },
    });
    const { exitCode, out } = await run(`tx watch ${XID}`);
    expect(exitCode).toBe(EXIT.ok);
    expect(out.split('\n')).toEqual([
      `${XID} is confirming, hung (NO_REPLY)`,
      `1970-01-01T00:00:00.000Z ${XID} checkout hung NO_REPLY no`,
      `1970-01-01T00:00:00.000Z ${XID} checkout ended confirmed`,
    ]);
    const asked = coordinator.requests.filter(({ path }) => path === '/v1/stream');
    expect(asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '0:6']);
  });

  test('of one that has ended is over at once', async () => {
    coordinator.routes.set('GET /v1/stream', {
      stream: (response) => void response.writeHead(200).flushHeaders(),
    });
    coordinator.routes.set(`GET ${tx}`, {
      body: { ...detail, phase: 'confirmed', hung: null, endedAt: detail.beganAt },
    });
    expect(await run(`tx watch ${XID}`)).toMatchObject({ exitCode: EXIT.ok, out: `${XID} is confirmed` });
  });

  test('of all is a line of JSON for each event, until it is interrupted', async () => {
    const interruption = new AbortController();
    coordinator.routes.set('GET /v1/stream', {
      stream: (response) => void response.writeHead(200).write(ended(OTHER_XID)),
    });
    const { exitCode, out } = await run('tx watch --json', {
      signal: interruption.signal,
      onPrint: () => interruption.abort(),
    });
    expect(exitCode).toBe(EXIT.ok);
    expect(JSON.parse(out)).toMatchObject({ type: 'ended', xid: OTHER_XID });
  });

  test('of none that is there is exit code 4', async () => {
    coordinator.routes.set('GET /v1/stream', {
      stream: (response) => void response.writeHead(200).flushHeaders(),
    });
    coordinator.routes.set(`GET ${tx}`, refused('TRANSACTION_NOT_FOUND', 'None.'));
    expect((await run(`tx watch ${XID}`)).exitCode).toBe(EXIT.notFound);
  });
});
