/**
 * OpenTelemetry for one process that may hold several services. Each service has a tracer provider with its own
 * `service.name`; the global provider only forwards to the service whose work is running, which an
 * AsyncLocalStorage knows. So one trace shows every service, in standalone as on Kubernetes.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { context, trace, type Context, type Span, type SpanOptions, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

const exportTimeoutMs = 3_000;
const exportEveryMs = 1_000;

/** A service's identity on spans and log lines. */
export interface ServiceTelemetry {
  serviceName: string;
  tracer: Tracer;
  /** Runs `work`, and whatever it starts, as this service. */
  run<T>(work: () => T): T;
  /** Sends what is buffered and stops; a collector that does not answer costs at most the export timeout. */
  shutdown(): Promise<void>;
}

const running = new AsyncLocalStorage<ServiceTelemetry>();
const fallback = new BasicTracerProvider().getTracer('drover');

/** Starts a service's telemetry; without an endpoint spans still have ids, and nothing is sent. */
export function startTelemetry(options: {
  serviceName: string;
  otlpEndpoint?: string | undefined;
}): ServiceTelemetry {
  installGlobals();
  const { serviceName, otlpEndpoint } = options;
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.namespace': 'drover' }),
    spanProcessors: otlpEndpoint === undefined ? [] : [exporterTo(otlpEndpoint)],
  });
  const telemetry: ServiceTelemetry = {
    serviceName,
    tracer: provider.getTracer('drover'),
    run: (work) => running.run(telemetry, work),
    shutdown: () => provider.shutdown(),
  };
  return telemetry;
}

/** The service whose work is running, if any. */
export function currentServiceName(): string | undefined {
  return running.getStore()?.serviceName;
}

/** The tracer of the service whose work is running. */
export function currentTracer(): Tracer {
  return running.getStore()?.tracer ?? fallback;
}

const exporterTo = (endpoint: string) =>
  new BatchSpanProcessor(
    new OTLPTraceExporter({
      url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
      timeoutMillis: exportTimeoutMs,
    }),
    { scheduledDelayMillis: exportEveryMs, exportTimeoutMillis: exportTimeoutMs },
  );

/** Forwards to the running service's tracer, so that instrumentation libraries need not know of services. */
class ForwardingTracer implements Tracer {
  startSpan(name: string, options?: SpanOptions, parent?: Context): Span {
    return currentTracer().startSpan(name, options, parent);
  }

  startActiveSpan<F extends (span: Span) => ReturnType<F>>(name: string, ...rest: unknown[]): ReturnType<F> {
    const tracer = currentTracer() as unknown as {
      startActiveSpan(name: string, ...rest: unknown[]): ReturnType<F>;
    };
    return tracer.startActiveSpan(name, ...rest);
  }
}

let isInstalled = false;

function installGlobals(): void {
  if (isInstalled) return;
  isInstalled = true;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const forwarding = new ForwardingTracer();
  trace.setGlobalTracerProvider({ getTracer: () => forwarding });
}
