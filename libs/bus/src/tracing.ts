import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span, SpanContext } from '@opentelemetry/api';

/** W3C Trace Context: the trace and the span to continue. Only messages of sampled traces have it. */
export const TRACE_PARENT_HEADER = 'traceparent';

const FORMAT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** A piece of work that a trace shows. */
export interface TracedWork {
  /** What continues it elsewhere. */
  readonly traceParent: string;
  /** @param failure why it failed, if it did. */
  end(failure?: string): void;
}

/** The span that runs now, as `traceparent`; undefined unless it is sampled, so always while nobody traces. */
export function activeTraceParent(): string | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSampled(span) ? textOf(span) : undefined;
}

/** The same for whoever is called: one that is not sampled is told as well, or else a trace would begin there. */
export function callersTraceParent(): string | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  return span && textOf(span);
}

/**
 * Starts a piece of work within the trace that `traceParent` names. Where nobody traces in this process nothing is
 * recorded, and what it leads to continues the caller's span.
 * @param startedAt milliseconds since 1970; now unless given.
 */
export function traced(
  name: string,
  kind: keyof typeof KINDS,
  traceParent: string,
  attributes: Attributes,
  startedAt?: number,
): TracedWork {
  const span = spanWithin(contextOf(traceParent), name, kind, attributes, startedAt);
  return {
    traceParent: isSampled(span.spanContext()) ? textOf(span.spanContext()) : traceParent,
    end(failure) {
      if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
      span.end();
    },
  };
}

export function spanWithin(
  parent: Context,
  name: string,
  kind: keyof typeof KINDS,
  attributes: Attributes,
  startedAt?: number,
): Span {
  const options = { kind: KINDS[kind], attributes, ...(startedAt !== undefined && { startTime: startedAt }) };
  return trace.getTracer('holdfast').startSpan(name, options, parent);
}

/** What a `traceparent` says; that of no trace if it says nothing that can be read. */
export function contextOf(traceParent: string | undefined): Context {
  const [, traceId, spanId, flags] = FORMAT.exec(traceParent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return trace.setSpanContext(ROOT_CONTEXT, parent);
}

function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}

function textOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
