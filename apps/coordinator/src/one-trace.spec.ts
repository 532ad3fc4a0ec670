import { context, trace } from '@opentelemetry/api';
import { Controller, Module, Post } from '@nestjs/common';
import { TccClient, branch, defineBranch } from '@holdfast/client';
import { TRACE_PARENT_HEADER } from '@holdfast/bus';
import { topics } from '@holdfast/protocol';
import { startService } from '@holdfast/service';
import type { RunningService } from '@holdfast/service';
import { until } from '@holdfast/testing';
import { z } from 'zod';
import { Bookkeeper } from './bookkeeper.suite.js';
import { Collector } from './collector.suite.js';
import { CoordinatorUnderTest } from './coordinator-under-test.suite.js';

const amount = z.object({ n: z.int().positive() });
const define = (participant: string) =>
  defineBranch({ resource: `${participant}.reserve`, participant, input: amount, reservation: amount });
const coordinator = new CoordinatorUnderTest();
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const OTHER_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

let collector: Collector;
let tcc: TccClient;
let shop: RunningService;
let books: Bookkeeper;

/** As the order service does: a transaction from within a request. */
@Controller('orders')
class OrdersController {
  @Post()
  async place() {
    const branches = [branch(define('books'), { n: 1 }), branch(define('p'), { n: 1 })];
    return { outcome: await tcc.run({ name: 'checkout', wait: 'ended' }, branches) };
  }
}

@Module({ controllers: [OrdersController] })
class ShopModule {}

const order = async (traceParent?: string) => {
  const response = await fetch(`${shop.url}/orders`, {
    method: 'POST',
    headers: {
      ...(traceParent !== undefined && { [TRACE_PARENT_HEADER]: traceParent }),
      'content-type': 'application/json',
    },
    body: '{}',
  });
  expect(response.status).toBe(201);
};
/** Once the last spans of an order have arrived. Begins of many orders may share a request: that is in none of their traces. */
const arrivedSpans = async () => {
  const has = (name: string) => collector.spans.some((span) => span.name === name);
  await until(() => has('POST /orders') && has('reply confirmed'), { what: 'the last spans' });
  return collector.spans.filter(({ name }) => !name.endsWith('/actions/begin'));
};
/** The headers of all commands to a participant, partition by partition. */
const traceParents = (xid?: string) =>
  coordinator.broker
    .messages(topics().command('p'))
    .filter(({ key }) => xid === undefined || key === xid)
    .map(({ headers }) => headers[TRACE_PARENT_HEADER]);

beforeAll(async () => {
  collector = await Collector.start();
  // The exporter reads its own variables.
  Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '50' });
  await coordinator.start(['p'], { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  books = await Bookkeeper.start('books', coordinator.broker, 100);
  tcc = new TccClient({ url: coordinator.services[0]?.service.url as string });
  shop = await startService({
    name: 'shop',
    settings: { HOST: '127.0.0.1', PORT: 0, LOG_LEVEL: 'error', OTEL_EXPORTER_OTLP_ENDPOINT: undefined },
    module: ShopModule,
  });
});
afterAll(async () => {
  await shop.close();
  await tcc.close();
  await books.stop();
  await coordinator.stop();
  await collector.stop();
  trace.disable();
  context.disable();
});
beforeEach(() => {
  collector.spans = [];
});

test('one trace goes from the order to the last Confirm, over HTTP and Kafka, and arrives at the collector', async () => {
  await order();
  const spans = await arrivedSpans();
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const lineOf = (name: string) => {
    const line: string[] = [];
    for (let span = spans.find((each) => each.name === name); span; span = byId.get(span.parentSpanId ?? ''))
      line.unshift(span.name);
    return line;
  };
  const begun = ['POST /orders', 'begin checkout'];
  expect(lineOf('send try books.reserve')).toEqual([...begun, 'send try books.reserve']);
  expect(lineOf('confirm books.reserve')).toEqual([
    ...begun,
    'send confirm books.reserve',
    'confirm books.reserve',
  ]);
  expect(lineOf('reply confirmed').slice(-2)).toEqual(['confirm books.reserve', 'reply confirmed']);
});

test("an order goes on with its caller's trace; one that is not sampled leaves no header and no span", async () => {
  const without = () => traceParents().filter((header) => header === undefined).length;
  const before = without();
  await order(`00-${TRACE}-b7ad6b7169203331-00`);
  expect(without()).toBe(before + 2);
  await order(`00-${OTHER_TRACE}-b7ad6b7169203331-01`);
  const spans = await arrivedSpans();
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([OTHER_TRACE]));
});

test('the trace stands with the row, and another coordinator goes on with it', async () => {
  const p = coordinator.participant('p');
  const { script } = p;
  p.script = (command) => (command.operation === 'confirm' ? undefined : script(command));
  await coordinator.startCoordinator();
  const headers = { [TRACE_PARENT_HEADER]: `00-${TRACE}-b7ad6b7169203331-01` };
  const { body } = await coordinator.declare(['p'], '', {}, headers);
  const confirms = () => p.sent(body.xid, 'confirm').length;
  await until(() => confirms() > 0, { what: 'a Confirm' });
  await coordinator.crash(0);
  const before = confirms();
  await until(() => confirms() > before, { what: 'the Confirm of the other one' });
  for (const header of traceParents(body.xid)) expect(header).toContain(TRACE);
  p.script = script;
});
