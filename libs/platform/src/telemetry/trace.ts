/** Spans and the W3C trace context that travels in outbox rows, NATS headers and jobs. */
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  context,
  isSpanContextValid,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import { currentTracer } from './telemetry';

export interface SpanSettings {
  /** A traceparent to continue; without it the active span is the parent. */
  parent?: string | null | undefined;
  attributes?: Attributes;
  /** Traceparents of spans that this one follows from without being their child. */
  links?: string[];
  kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
}

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** Runs `work` inside a span of the running service; an error marks the span and is thrown on. */
export async function inSpan<T>(
  name: string,
  settings: SpanSettings,
  work: (span: Span) => Promise<T> | T,
): Promise<T> {
  const parent = parentContext(settings.parent);
  const span = currentTracer().startSpan(name, optionsOf(settings), parent);
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' });
    if (error instanceof Error) span.recordException(error);
    throw error;
  } finally {
    span.end();
  }
}

/** The active span as a W3C traceparent, to be stored or sent. */
export function activeTraceparent(): string | undefined {
  const spanContext = trace.getActiveSpan()?.spanContext();
  return spanContext && isSpanContextValid(spanContext) ? traceparentOf(spanContext) : undefined;
}

/**
 * Begins the one trace of a target (OPS-2): a root span of its own, linked to the request that asked for it.
 * Everything that happens to the target continues the returned traceparent.
 */
export function startTargetTrace(attributes: Attributes): { traceId: string; traceparent: string } {
  const request = activeTraceparent();
  const settings: SpanSettings = { attributes, links: request === undefined ? [] : [request] };
  const span = currentTracer().startSpan('target', { ...optionsOf(settings), root: true }, ROOT_CONTEXT);
  span.end();
  const spanContext = span.spanContext();
  return { traceId: spanContext.traceId, traceparent: traceparentOf(spanContext) };
}

function optionsOf(settings: SpanSettings) {
  return {
    kind: kinds[settings.kind ?? 'internal'],
    attributes: settings.attributes ?? {},
    links: (settings.links ?? []).flatMap((text): Link[] => {
      const linked = spanContextOf(text);
      return linked ? [{ context: linked }] : [];
    }),
  };
}

function parentContext(traceparent: string | null | undefined): Context {
  const spanContext = traceparent ? spanContextOf(traceparent) : undefined;
  return spanContext ? trace.setSpanContext(context.active(), spanContext) : context.active();
}

const traceparentOf = (spanContext: SpanContext): string =>
  `00-${spanContext.traceId}-${spanContext.spanId}-0${spanContext.traceFlags & TraceFlags.SAMPLED}`;

/** W3C Trace Context 3.2; a malformed one is ignored, as 3.2.2.5 asks. */
function spanContextOf(traceparent: string): SpanContext | undefined {
  const parts = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/.exec(traceparent);
  if (!parts) return undefined;
  const [, traceId = '', spanId = '', flags = '00'] = parts;
  const spanContext = { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}
