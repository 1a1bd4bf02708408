import { id, Problem } from '@drover/contracts';
import { Bus } from '@drover/platform';
import { Controller, type BeforeApplicationShutdown } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { followDeployment, type Follower } from '../events/follow-deployment';
import { ledgerEvents } from '../events/ledger-events.adapter';
import { GatewayAdapter } from '../sessions/database.adapter';
import { route, Serves, type Sent } from './route';

/** Followers of one gateway process; each has a reader on the bus. */
const followersMax = 500;

const events = route({
  method: 'GET',
  path: '/deployments/:id/events',
  summary: 'Follows a deployment as server-sent events: snapshot, target, step, deployment, finished.',
  params: z.strictObject({ id }),
  headers: z.looseObject({
    'last-event-id': z
      .string()
      .regex(/^\d{1,15}$/, 'must be the id of an event')
      .transform(Number)
      .optional(),
  }),
  isStream: true,
});

@Controller()
export class DeploymentEventsController implements BeforeApplicationShutdown {
  private readonly followers = new Set<FastifyReply>();

  constructor(
    private readonly bus: Bus,
    private readonly gateway: GatewayAdapter,
  ) {}

  @Serves(events)
  async follow({ params, headers, session }: Sent<typeof events>, reply: FastifyReply): Promise<void> {
    if (this.followers.size >= followersMax)
      throw new Problem('unavailable', 'Too many followers', `${followersMax} connections are following`, {
        remedy: 'Close another one, or ask for GET /deployments/{id} from time to time.',
      });
    this.followers.add(reply);
    try {
      const isSignedIn = (): Promise<boolean> =>
        this.gateway.ports.transaction(
          async ({ sessions }) =>
            (await sessions.find(session.tokenHash, this.gateway.ports.now())) !== undefined,
        );
      await followDeployment(ledgerEvents(this.bus, isSignedIn), followerOver(reply), {
        deploymentId: params.id,
        lastEventId: headers['last-event-id'],
      });
    } finally {
      this.followers.delete(reply);
    }
  }

  /** An open stream would keep the server from closing. */
  beforeApplicationShutdown(): void {
    for (const reply of this.followers) reply.raw.destroy();
  }
}

/** The head goes out with the first event, so that a refusal before it is an ordinary answer. */
function followerOver(reply: FastifyReply): Follower {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return {
    gone: gone.signal,
    write: (text) => {
      if (!reply.raw.headersSent) {
        reply.hijack();
        reply.raw.writeHead(200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          // nginx holds back what it proxies unless it is told not to.
          'x-accel-buffering': 'no',
        });
      }
      reply.raw.write(text);
    },
    unsentBytes: () => reply.raw.writableLength,
    end: () => void reply.raw.end(),
    cut: () => void reply.raw.destroy(),
  };
}
