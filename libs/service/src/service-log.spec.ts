import { Logger } from '@nestjs/common';
import { NodeSDK, tracing } from '@opentelemetry/sdk-node';
import { context, trace } from '@opentelemetry/api';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { redacted } from './redaction.js';
import { ServiceLog } from './service-log.js';

const written: string[] = [];
const log = new ServiceLog('stock', 'log', { write: (line) => void written.push(line) });
const last = () => JSON.parse(written.at(-1) ?? '{}') as Record<string, unknown>;

beforeEach(() => {
  written.length = 0;
  Logger.overrideLogger(log);
});
afterAll(() => void Logger.overrideLogger(false));

describe('a line', () => {
  test('is JSON with level, time, service, who speaks, and the fields that were given', () => {
    new Logger('Engine').warn('It hangs', { xid: 'x', branch: '1', attempt: 3 });
    expect(last()).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      service: 'stock',
      context: 'Engine',
      message: 'It hangs',
      xid: 'x',
      branch: '1',
      attempt: 3,
    });
    expect(written[0]).toMatch(/^[^\n]*\n$/);
  });

  test('has the stack of an error apart from its message', () => {
    const error = new Error('broken');
    new Logger('Engine').error(error.message, { xid: 'x' }, error.stack);
    expect(last()).toMatchObject({
      level: 'error',
      message: 'broken',
      context: 'Engine',
      stack: error.stack,
    });
    new Logger('Http').error(error);
    expect(last()).toMatchObject({ message: 'broken', stack: error.stack });
  });

  test('names the trace that it belongs to', async () => {
    const sdk = new NodeSDK({
      spanProcessors: [new tracing.SimpleSpanProcessor(new tracing.InMemorySpanExporter())],
      ...{ metricReaders: [], logRecordProcessors: [], autoDetectResources: false },
    });
    sdk.start();
    const traceId = trace.getTracer('test').startActiveSpan('a request', (span) => {
      new Logger('Engine').warn('It hangs');
      span.end();
      return span.spanContext().traceId;
    });
    expect(last()['trace']).toContain(traceId);
    await sdk.shutdown();
    trace.disable();
    context.disable();
  });

  test('below the level is not written', () => {
    new Logger('Engine').debug('chatter');
    expect(written).toEqual([]);
  });
});

describe('secrets', () => {
  const SECRET = 'S3cr3tOfAll';
  test.each([
    `connect postgres://holdfast:${SECRET}@db:5432/holdfast failed`,
    `postgresql://:${SECRET}@db/holdfast`,
    `authorization: Bearer ${SECRET}`,
    `Authorization: Basic ${SECRET}==`,
    `ApiKey hf_0000000000000001_${SECRET}`,
    `password=${SECRET} host=db`,
    `passwd: ${SECRET}`,
    `cookie: session=${SECRET}`,
    `?token=${SECRET}&x=1`,
    `ORDER_NUMBER_KEY=${SECRET}`,
    JSON.stringify({ password: SECRET, headers: { authorization: SECRET, 'x-api-key': SECRET } }),
  ])('are not in a log: %s', (text) => {
    const fields = { details: { text, nested: JSON.stringify({ text }) } };
    new Logger('Bus').warn(text, fields, new Error(text).stack);
    expect(written.join('')).not.toContain(SECRET);
    expect(last()).toMatchObject({ service: 'stock', context: 'Bus' });
  });

  test('a field that holds one is hidden, and its neighbours stay', () => {
    const fields = { authorization: SECRET, apiKey: SECRET, DATABASE_PASSWORD: SECRET, xid: 'x' };
    new Logger('Http').warn('refused', fields);
    expect(last()).toMatchObject({ authorization: '***', apiKey: '***', DATABASE_PASSWORD: '***', xid: 'x' });
  });

  test.each([
    'It listens on http://127.0.0.1:3000/v1',
    'INSUFFICIENT_FUNDS: the key of order A-1 is known',
    'holdfast.cmd.stock/3@17',
    'a token bucket, a basic test',
  ])('nothing else is hidden: %s', (text) => {
    expect(redacted(text)).toBe(text);
  });
});
