import { httpStatusOf, Problem, type ProblemBody, type ProblemKind } from '@drover/contracts';
import { activeTraceparent } from '@drover/platform';
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { TooManyAttempts } from '../sessions/sign-in';

/** Answers every error as application/problem+json (RFC 9457). What was not expected is logged and not told. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('gateway');

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { status, body, headers = {} } = this.answerTo(error);
    if (reply.sent || reply.raw.headersSent) {
      // A stream that has begun cannot be answered any more; the client sees it end.
      reply.raw.destroy();
      return;
    }
    void reply
      .status(status)
      .headers(headers)
      .type('application/problem+json; charset=utf-8')
      .send({ type: `urn:drover:problem:${body.kind}`, status, ...body });
  }

  private answerTo(error: unknown): {
    status: number;
    body: ProblemBody;
    headers?: Record<string, string>;
  } {
    if (error instanceof TooManyAttempts)
      return {
        status: 429,
        body: error.toBody(),
        headers: { 'retry-after': String(error.retryAfterSeconds) },
      };
    if (error instanceof Problem) {
      if (error.kind === 'internal' || error.kind === 'unavailable') this.log.warn(error.message);
      return {
        status: httpStatusOf[error.kind],
        body: error.toBody(),
        ...(error.kind === 'unauthenticated' && { headers: { 'www-authenticate': 'Bearer' } }),
      };
    }
    const status = statusOf(error);
    if (status !== undefined && (status < 500 || error instanceof HttpException))
      return { status, body: fromTheFramework(status, error) };
    this.log.error(error);
    const trace = activeTraceparent()?.split('-')[1];
    const where = trace ? `; its trace is ${trace}` : '';
    return {
      status: 500,
      body: { kind: 'internal', title: 'Something went wrong', detail: `the gateway failed${where}` },
    };
  }
}

/** Nest says the status by a method, Fastify's own errors by a property. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

const titles: Record<number, { kind: ProblemKind; title: string; remedy?: string }> = {
  404: { kind: 'notFound', title: 'No such route', remedy: 'The routes are listed at /api/v1/openapi.json.' },
  413: { kind: 'invalid', title: 'The request is too large' },
  503: { kind: 'unavailable', title: 'Not ready' },
  415: { kind: 'invalid', title: 'The content type is not understood', remedy: 'Send application/json.' },
};

function fromTheFramework(status: number, error: unknown): ProblemBody {
  const known = titles[status] ?? { kind: 'invalid', title: 'The request is not valid' };
  return { detail: detailOf(error) ?? known.title, ...known };
}

/** Nest's exceptions may carry an object, as the health check's does: it says which server does not answer. */
function detailOf(error: unknown): string | undefined {
  if (error instanceof HttpException && typeof error.getResponse() === 'object' && error.getStatus() >= 500)
    return JSON.stringify(error.getResponse());
  return error instanceof Error ? error.message : undefined;
}
