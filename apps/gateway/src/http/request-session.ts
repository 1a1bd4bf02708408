/** Who is behind a request: set by the guard, read by the handlers, gone with the request. */
import { Problem } from '@drover/contracts';
import type { Session } from '../sessions/ports';

const sessions = new WeakMap<object, Session>();

export const rememberSession = (request: object, session: Session): void =>
  void sessions.set(request, session);

/** @throws Problem 'unauthenticated' when the guard has not seen a token. */
export function sessionOf(request: object): Session {
  const session = sessions.get(request);
  if (session) return session;
  throw notSignedIn();
}

export const notSignedIn = (): Problem =>
  new Problem('unauthenticated', 'Not signed in', 'a valid token is needed for this', {
    remedy: 'Sign in: POST /api/v1/sessions, or drover login. A token is valid for 12 hours.',
  });
