import { HealthController } from '@drover/platform';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { findSession } from '../sessions/find-session';
import { GatewayAdapter } from '../sessions/database.adapter';
import { notSignedIn, rememberSession } from './request-session';
import { ROUTE, type Route } from './route';

/** Lets a request pass with a valid token, to a route declared public, or to health. Everything else is refused. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly gateway: GatewayAdapter,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const route = this.reflector.get<Route | undefined>(ROUTE, context.getHandler());
    if (route?.isPublic || context.getClass() === HealthController) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = bearerToken(request.headers.authorization);
    const session = token === undefined ? undefined : await findSession(this.gateway.ports, token);
    if (!session) throw notSignedIn();
    rememberSession(request, session);
    return true;
  }
}

const bearerToken = (header: string | undefined): string | undefined =>
  /^Bearer ([A-Za-z0-9_-]{1,200})$/i.exec(header ?? '')?.[1];
