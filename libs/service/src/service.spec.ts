import { Body, Controller, Get, Module, Post, type OnApplicationShutdown } from '@nestjs/common';
import { z } from 'zod';
import { HealthModule } from './health-module.js';
import { HttpProblem } from './http-problem.js';
import { MetricsModule } from './metrics-module.js';
import { startService, type RunningService } from './service.js';
import { StartError } from './start-error.js';

const Thing = z.strictObject({ name: z.string().min(2), 'a/b~c': z.array(z.int()).optional() });
const checks = { first: true as boolean | Promise<boolean>, second: true as boolean | Promise<boolean> };
const closed: string[] = [];

@Controller('things')
class ThingsController {
  @Post()
  take(@Body({ schema: Thing }) thing: z.output<typeof Thing>) {
    return thing;
  }

  @Get('taken')
  taken() {
    throw HttpProblem.own('TAKEN', { status: 409, title: 'It is taken' }, 'Take another.');
  }

  @Get('broken')
  broken() {
    throw new Error('a secret of the database');
  }

  @Get('away')
  away() {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  }
}

@Module({
  imports: [
    MetricsModule,
    HealthModule.forRootAsync({
      useFactory: () => [
        { name: 'first', check: () => checks.first },
        { name: 'second', check: () => checks.second },
      ],
    }),
  ],
  controllers: [ThingsController],
})
class ThingModule implements OnApplicationShutdown {
  onApplicationShutdown() {
    closed.push('module');
  }
}

const start = (port = 0) =>
  startService({
    name: 'thing',
    settings: { HOST: '127.0.0.1', PORT: port, LOG_LEVEL: 'fatal' as 'error' },
    module: ThingModule,
    close: async () => void closed.push('foundation'),
  });

let service: RunningService;
beforeAll(async () => {
  service = await start();
});
afterAll(() => service.close());
beforeEach(() => {
  Object.assign(checks, { first: true, second: true });
  closed.length = 0;
});

async function request(path: string, body?: string, type = 'application/json') {
  const response = await fetch(service.url + path, {
    ...(body !== undefined && { method: 'POST', body, headers: { 'content-type': type } }),
  });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.json() };
}

const problem = (status: number, code: string) => ({
  status,
  type: expect.stringContaining('application/problem+json'),
  body: expect.objectContaining({
    status,
    code,
    type: `https://holdfast.dev/problems/${code.toLowerCase().replaceAll('_', '-')}`,
    title: expect.any(String),
    detail: expect.any(String),
  }),
});

test.each([
  ['JSON that is none', '/things', '{"name":', 'application/json', problem(400, 'MALFORMED_REQUEST')],
  ['no body', '/things', '', 'application/json', problem(400, 'MALFORMED_REQUEST')],
  [
    'a form',
    '/things',
    'name=x',
    'application/x-www-form-urlencoded',
    problem(415, 'UNSUPPORTED_MEDIA_TYPE'),
  ],
  ['plain text', '/things', '{}', 'text/plain', problem(415, 'UNSUPPORTED_MEDIA_TYPE')],
  [
    'more than 1 MiB',
    '/things',
    `"${'x'.repeat(1024 * 1024)}"`,
    'application/json',
    problem(413, 'REQUEST_TOO_LARGE'),
  ],
  ['no such route', '/nothing', undefined, '', problem(404, 'NOT_FOUND')],
  ['a problem of its own', '/things/taken', undefined, '', problem(409, 'TAKEN')],
  ['a database that is away', '/things/away', undefined, '', problem(503, 'UNAVAILABLE')],
  ['what nobody foresaw', '/things/broken', undefined, '', problem(500, 'INTERNAL')],
])('%s is a problem with a code', async (_what, path, body, type, expected) => {
  const answer = await request(path, body, type);
  expect(answer).toEqual(expected);
  expect(JSON.stringify(answer.body)).not.toContain('secret');
});

test('all fields at fault are told at once, by JSON pointer', async () => {
  const { status, body } = await request(
    '/things',
    JSON.stringify({ name: 'x', 'a/b~c': [1, 'two'], more: 1 }),
  );
  expect(status).toBe(422);
  expect(body).toMatchObject({
    code: 'INVALID_REQUEST',
    detail: '3 fields are at fault.',
    errors: [{ path: '/name' }, { path: '/a~1b~0c/1' }, { path: '' }],
  });
});

test('a hundred errors are listed, and how many there are is said', async () => {
  const { body } = await request('/things', JSON.stringify({ name: 'xx', 'a/b~c': Array(150).fill('no') }));
  const { detail, errors } = body as { detail: string; errors: unknown[] };
  expect(detail).toBe('150 fields are at fault; the first 100 are listed.');
  expect(errors).toHaveLength(100);
});

test('it is ready when every check says so; one that fails or hangs is named', async () => {
  expect(await request('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
  checks.first = Promise.reject(new Error('gone'));
  checks.second = new Promise<boolean>(() => undefined);
  expect(await request('/readyz')).toMatchObject({
    status: 503,
    body: { status: 'unready', checks: { first: 'unready', second: 'unready' } },
  });
  expect(await request('/livez')).toMatchObject({ status: 200, body: { status: 'live' } });
});

test('a port that is taken is a sentence, and what was opened is closed, the application first', async () => {
  const port = Number(new URL(service.url).port);
  const error: unknown = await start(port).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StartError);
  expect((error as Error).message).toBe(`Port ${port} of 127.0.0.1 is taken by another program.`);
  expect(closed).toEqual(['module', 'foundation']);
});
