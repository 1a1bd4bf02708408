import type { GatewayPorts, Session } from './ports';
import { hashToken } from './sign-in';

/** The session of a token, or undefined when it is unknown or has expired. */
export const findSession = (ports: GatewayPorts, token: string): Promise<Session | undefined> =>
  ports.transaction(({ sessions }) => sessions.find(hashToken(token), ports.now()));

/** Ends a session at once; its token is refused from then on. */
export const signOut = (ports: GatewayPorts, session: Session): Promise<void> =>
  ports.transaction(async ({ sessions, audit }) => {
    await sessions.remove(session.tokenHash);
    await audit({ actor: session.username, action: 'session.ended', subject: session.userId, detail: {} });
  });
