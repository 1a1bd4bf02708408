import { PlatformModule } from '@drover/platform';
import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, DiscoveryModule } from '@nestjs/core';
import { AssetsController } from './http/assets.controller';
import { CredentialsController } from './http/credentials.controller';
import { DeploymentEventsController } from './http/deployment-events.controller';
import { DeploymentsController } from './http/deployments.controller';
import { LedgerController } from './http/ledger.controller';
import { OpenApiController } from './http/openapi.controller';
import { PackagesController } from './http/packages.controller';
import { ProblemFilter } from './http/problem.filter';
import { RequestTrace } from './http/request-trace';
import { SecurityHeaders } from './http/security-headers.adapter';
import { SessionGuard } from './http/session.guard';
import { SessionsController } from './http/sessions.controller';
import { UsersAndSessions1763700000000 } from './migrations/1763700000000-users-and-sessions';
import { GatewayAdapter } from './sessions/database.adapter';
import { FirstUser } from './sessions/first-password.adapter';

/** gateway: the public API over HTTP and server-sent events. */
@Module({
  imports: [
    DiscoveryModule,
    PlatformModule.forService({
      name: 'gateway',
      database: { schema: 'gateway', migrations: [UsersAndSessions1763700000000] },
      keys: 'public',
    }),
  ],
  controllers: [
    SessionsController,
    AssetsController,
    CredentialsController,
    PackagesController,
    DeploymentsController,
    DeploymentEventsController,
    LedgerController,
    OpenApiController,
  ],
  providers: [
    GatewayAdapter,
    FirstUser,
    SecurityHeaders,
    { provide: APP_GUARD, useClass: SessionGuard },
    { provide: APP_INTERCEPTOR, useClass: RequestTrace },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
})
export class GatewayModule {}
