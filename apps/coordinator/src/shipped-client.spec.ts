import { TccClient, branch, defineBranch } from '@holdfast/client';
import { z } from 'zod';
import { CoordinatorUnderTest, agreeable } from './coordinator-under-test.suite.js';

const define = (participant: string) =>
  defineBranch({
    resource: `${participant}.reserve`,
    participant,
    input: z.object({ n: z.int() }),
    reservation: z.object({ held: z.object({ n: z.int() }) }),
  });
const P = define('p');
const Q = define('q');
const NO = { outcome: 'refused', code: 'SOLD_OUT', message: 'none left' } as const;

/** What initiators install, against the coordinator that it was written for. */
describe('the shipped client', () => {
  const coordinator = new CoordinatorUnderTest();
  let tcc: TccClient;

  beforeAll(async () => {
    await coordinator.start();
    tcc = new TccClient({ url: coordinator.services[0]?.service.url as string });
  });
  beforeEach(() => {
    coordinator.participant('q').script = agreeable;
  });
  afterAll(async () => {
    await tcc.close();
    await coordinator.stop();
  });

  const branches = [branch(P, { n: 1 }), branch(Q, { n: 2 })];
  const refuse = () => {
    coordinator.participant('q').script = (command) =>
      command.operation === 'try' ? NO : agreeable(command);
  };
  const stepByStep = (options = {}) =>
    tcc.run({ name: 'checkout', ...options }, async (t) => {
      const { held } = await t.try(P, { n: 1 });
      await t.try(Q, { n: held.n + 1 });
    });
  const ANSWERS = { 'p.reserve': { held: { n: 1 } }, 'q.reserve': { held: { n: 2 } } };

  test.each([
    ['declared', () => tcc.run({ name: 'checkout', wait: 'ended' }, branches)],
    ['interactive', () => stepByStep({ wait: 'ended' })],
  ])('confirms, %s', async (_mode, run) => {
    await expect(run()).resolves.toMatchObject({
      outcome: 'confirmed',
      reason: null,
      replayed: false,
      endedAt: expect.any(String),
      answers: ANSWERS,
    });
  });

  test.each([
    ['declared', () => tcc.run({ name: 'checkout' }, branches)],
    ['interactive', () => stepByStep()],
  ])('is told a refusal, %s', async (_mode, run) => {
    refuse();
    await expect(run()).resolves.toMatchObject({
      outcome: 'cancelled',
      reason: { code: 'SOLD_OUT', message: 'none left', branchId: 'q.reserve' },
    });
  });

  test.each([
    ['declared', (options: object) => tcc.run({ name: 'checkout', ...options }, branches)],
    ['interactive', stepByStep],
  ])('is told the same outcome with the same key, %s', async (mode, run) => {
    const options = { idempotencyKey: `key-${mode}` };
    const { endedAt: _first, ...first } = await run(options);
    const { endedAt: _again, ...again } = await run(options);
    expect(again).toEqual({ ...first, replayed: true });
  });

  test('registers a branch that was tried elsewhere', async () => {
    const run = tcc.run({ name: 'checkout' }, async (t) => {
      await t.try(P, { n: 1 });
      await tcc.registerBranch(t.delegate(Q), Q, { n: 2 }, async () => ({
        outcome: 'tried',
        answer: { held: { n: 2 } },
      }));
    });
    await expect(run).resolves.toMatchObject({ outcome: 'confirmed', answers: ANSWERS });
  });

  test('is told the time-out of what nobody answered', async () => {
    coordinator.participant('q').script = () => undefined;
    const run = tcc.run({ name: 'checkout', timeout: '300ms' }, branches);
    await expect(run).resolves.toMatchObject({ outcome: 'cancelled', reason: { code: 'TIMEOUT' } });
    const interactive = stepByStep({ timeout: '300ms' });
    await expect(interactive).resolves.toMatchObject({ outcome: 'cancelled', reason: { code: 'TIMEOUT' } });
  });

  test('is told what is wrong with its request', async () => {
    const unknown = tcc.run({ name: 'checkout' }, [branch(define('nobody'), { n: 1 })]);
    await expect(unknown).rejects.toMatchObject({ name: 'ProblemError', code: 'UNKNOWN_RESOURCE' });
    const wrong = tcc.run({ name: 'checkout' }, [branch(P, { n: 'one' as unknown as number })]);
    await expect(wrong).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      errors: [expect.objectContaining({ path: '/branches/0/input/n' })],
    });
  });
});

describe('the shipped client, once the coordinator is closed', () => {
  const coordinator = new CoordinatorUnderTest();
  const clients: TccClient[] = [];
  let url: string;

  function client(apiKey?: string): TccClient {
    const tcc = new TccClient({ url, apiKey });
    clients.push(tcc);
    return tcc;
  }

  beforeAll(async () => {
    await coordinator.start();
    await coordinator.credential({ owner: 'first', role: 'admin' });
    ({ url } = await coordinator.startCoordinator());
  });
  afterAll(async () => {
    await Promise.all(clients.map((tcc) => tcc.close()));
    await coordinator.stop();
  });

  test('runs with the key of an initiator, and registers with the key of the participant', async () => {
    const { text: shop } = await coordinator.keys.create({ owner: 'shop', role: 'initiator' });
    const grant = { owner: 'q', role: 'participant', participant: 'q' } as const;
    const { text: q } = await coordinator.keys.create(grant);
    const run = client(shop).run({ name: 'checkout' }, async (t) => {
      await t.try(P, { n: 1 });
      await client(q).registerBranch(t.delegate(Q), Q, { n: 2 }, async () => ({
        outcome: 'tried',
        answer: { held: { n: 2 } },
      }));
    });
    await expect(run).resolves.toMatchObject({ outcome: 'confirmed' });
  });

  test.each([
    ['none', undefined],
    ['one that nobody made', `hf_${'0'.repeat(16)}_${'a'.repeat(43)}`],
  ])('is turned down with %s: nothing was begun', async (_, apiKey) => {
    const run = client(apiKey).run({ name: 'checkout' }, [branch(P, { n: 1 })]);
    await expect(run).rejects.toMatchObject({ name: 'ProblemError', code: 'UNAUTHENTICATED' });
  });
});
