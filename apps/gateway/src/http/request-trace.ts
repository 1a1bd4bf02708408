import { inSpan, TELEMETRY, type ServiceTelemetry } from '@drover/platform';
import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { apiPrefix, ROUTE, type Route } from './route';

const traceparentForm = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** One span for each request, a child of the caller's when it sends a traceparent. A stream lives too long for one. */
@Injectable()
export class RequestTrace implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    @Inject(TELEMETRY) private readonly telemetry: ServiceTelemetry,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const route = this.reflector.get<Route | undefined>(ROUTE, context.getHandler());
    if (context.getType() !== 'http' || !route || route.isStream) return next.handle();
    const carried = context.switchToHttp().getRequest<FastifyRequest>().headers.traceparent;
    const parent = typeof carried === 'string' && traceparentForm.test(carried) ? carried : undefined;
    const name = `${route.method} ${apiPrefix}${route.path}`;
    const attributes = { 'http.request.method': route.method, 'http.route': `${apiPrefix}${route.path}` };
    return from(
      this.telemetry.run(() =>
        inSpan(name, { kind: 'server', parent, attributes }, () =>
          lastValueFrom(next.handle(), { defaultValue: undefined }),
        ),
      ),
    );
  }
}
