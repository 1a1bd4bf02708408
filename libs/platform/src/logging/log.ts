/**
 * One pino for the process, behind Nest's Logger. Each line says which service was at work and in which trace.
 * What has the name of a secret is redacted, however deep it is.
 */
import type { LoggerService } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { destination, pino, type Logger } from 'pino';
import { currentServiceName } from '../telemetry/telemetry';

const secretName = /password|secret|token|authorization|cookie|sealed|private_?key/i;
const depthMax = 6;
const entriesMax = 50;
const causesMax = 8;

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** Makes the process's logger; `file` replaces standard output. */
export function processLog(options: { level: string; file?: string | undefined }): LoggerService {
  const target =
    options.file === undefined
      ? destination(1)
      : destination({ dest: options.file, mkdir: true, sync: true });
  return nestLogger(
    pino(
      {
        level: options.level,
        base: null,
        mixin: () => ({
          service: currentServiceName(),
          traceId: trace.getActiveSpan()?.spanContext().traceId,
        }),
      },
      target,
    ),
  );
}

/** Nest calls (message, ...details, context); an Error among the details is printed with its causes. */
export function nestLogger(logger: Logger): LoggerService {
  const at =
    (level: Level) =>
    (message: unknown, ...rest: unknown[]): void => {
      const context = typeof rest.at(-1) === 'string' ? rest.pop() : undefined;
      const error = [message, ...rest].find((part) => part instanceof Error);
      const details = rest.filter((part) => part !== undefined && part !== error);
      logger[level](
        {
          context,
          ...(error !== undefined && { error: chainOf(error) }),
          ...(details.length > 0 && { details: withoutSecrets(details) }),
          ...(isPlain(message) && { event: withoutSecrets(message) }),
        },
        textOf(message),
      );
    };
  return {
    fatal: at('fatal'),
    error: at('error'),
    warn: at('warn'),
    log: at('info'),
    debug: at('debug'),
    verbose: at('trace'),
  };
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Error);

/** A copy for the log; what is deeper or longer than anyone reads is left out. */
function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (value instanceof Error) return chainOf(value);
  if (depth >= depthMax) return '…';
  if (Array.isArray(value)) return value.slice(0, entriesMax).map((part) => withoutSecrets(part, depth + 1));
  if ('toJSON' in value && typeof value.toJSON === 'function') return (value.toJSON as () => unknown)();
  const entries = Object.entries(value).slice(0, entriesMax);
  return Object.fromEntries(
    entries.map(([name, part]) => [
      name,
      secretName.test(name) ? '«redacted»' : withoutSecrets(part, depth + 1),
    ]),
  );
}

function textOf(message: unknown): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : '';
}

/** An error and its causes, outermost first; only the outermost has a stack. */
function chainOf(error: unknown): object[] {
  const chain: object[] = [];
  for (let e = error; e instanceof Error && chain.length < causesMax; e = e.cause) {
    const known = e as Error & { kind?: unknown; code?: unknown };
    chain.push({
      name: e.name,
      message: e.message,
      ...(known.kind !== undefined && { kind: known.kind }),
      ...(known.code !== undefined && { code: known.code }),
      ...(chain.length === 0 && { stack: e.stack }),
    });
  }
  return chain;
}
