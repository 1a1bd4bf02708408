import { shortText } from '@drover/contracts';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { GatewayAdapter } from '../sessions/database.adapter';
import { signOut } from '../sessions/find-session';
import { signIn } from '../sessions/sign-in';
import { route, Serves, type Sent } from './route';

const login = route({
  method: 'POST',
  path: '/sessions',
  summary: 'Signs in: gives a token for a username and a password.',
  body: z.strictObject({ username: shortText, password: z.string().min(1).max(1024) }),
  reply: z.object({ token: z.string(), expiresAt: z.iso.datetime(), username: z.string() }),
  status: 201,
  isPublic: true,
});
const current = route({
  method: 'GET',
  path: '/sessions/current',
  summary: 'Says who is signed in with this token.',
  reply: z.object({ username: z.string(), expiresAt: z.iso.datetime() }),
});
const logout = route({
  method: 'DELETE',
  path: '/sessions/current',
  summary: 'Signs out: the token is refused from then on.',
  status: 204,
});

@Controller()
export class SessionsController {
  constructor(private readonly gateway: GatewayAdapter) {}

  @Serves(login)
  login({ body, address }: Sent<typeof login>) {
    return signIn(this.gateway.ports, { ...body, address });
  }

  @Serves(current)
  async current({ session }: Sent<typeof current>) {
    return { username: session.username, expiresAt: session.expiresAt.toISOString() };
  }

  @Serves(logout)
  logout({ session }: Sent<typeof logout>) {
    return signOut(this.gateway.ports, session);
  }
}
