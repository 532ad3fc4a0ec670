import { SpanStatusCode, context, trace, type ProxyTracerProvider } from '@opentelemetry/api';
import { TRACE_PARENT_HEADER, contextOf, spanWithin } from '@holdfast/bus';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const SERVER_ERROR_MIN = 500;

/** Whether spans go anywhere: a provider of them is registered. */
function isTracing(): boolean {
  return (trace.getTracerProvider() as ProxyTracerProvider).getDelegateTracer('holdfast') !== undefined;
}

/**
 * Sends the spans of this process to a collector (OTLP over HTTP). The SDK is loaded only now, and reads its own
 * variables, such as `OTEL_TRACES_SAMPLER`. One process has one, however many services run in it.
 * @returns what sends the last spans and ends it.
 */
export async function startTracing(service: string): Promise<() => Promise<void>> {
  if (isTracing()) return async () => undefined;
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const sdk = new NodeSDK({
    serviceName: service,
    traceExporter: new OTLPTraceExporter(),
    // Metrics and logs have ways of their own.
    metricReaders: [],
    logRecordProcessors: [],
    autoDetectResources: false,
  });
  sdk.start();
  return () => sdk.shutdown();
}

/** Makes a span of every request, within the caller's trace if it names one. Without a provider requests stay as they are. */
export function traceRequests(server: FastifyInstance): void {
  if (!isTracing()) return;
  const spans = new WeakMap<FastifyRequest, ReturnType<typeof spanWithin>>();
  server.addHook('onRequest', (request, _reply, done) => {
    const parent = contextOf(request.headers[TRACE_PARENT_HEADER] as string | undefined);
    // The route's pattern, since paths hold identifiers.
    const route = request.routeOptions.url ?? 'unknown route';
    const attributes = { 'http.request.method': request.method, 'http.route': route };
    spans.set(request, spanWithin(parent, `${request.method} ${route}`, 'server', attributes));
    done();
  });
  // Not before: the body arrives outside of the context that a hook sets.
  server.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request);
    if (span) context.with(trace.setSpan(context.active(), span), done);
    else done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= SERVER_ERROR_MIN) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    done();
  });
}
