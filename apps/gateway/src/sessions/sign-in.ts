import { createHash } from 'node:crypto';
import { Problem } from '@drover/contracts';
import type { GatewayPorts, GatewayTransaction, User } from './ports';

export const sessionHours = 12;
const tokenBytes = 32;

/** Refused logins are counted over this time. */
const countedMs = 15 * 60_000;
/** From one address with one name: a guesser is stopped, and the owner of the name elsewhere is not locked out. */
const failuresPerNameMax = 5;
/** From one address with any names. */
const failuresPerAddressMax = 30;

export class TooManyAttempts extends Problem {
  readonly retryAfterSeconds = countedMs / 1000;

  constructor() {
    super('forbidden', 'Too many failed logins', 'too many logins were refused from this address', {
      remedy: `Wait ${countedMs / 60_000} minutes and try again.`,
    });
  }
}

export interface SignedIn {
  token: string;
  expiresAt: string;
  username: string;
}

/**
 * Gives a token for a name and a password. The answer does not tell a wrong name from a wrong password, in its words
 * or in its time.
 * @throws Problem 'unauthenticated', or TooManyAttempts
 */
export async function signIn(
  ports: GatewayPorts,
  request: { username: string; password: string; address: string },
): Promise<SignedIn> {
  const { username, password, address } = request;
  const keys = [`address ${address}`, `name ${username.toLowerCase()} from ${address}`] as const;
  const user = await ports.transaction(async ({ users, failedLogins }) => {
    const since = new Date(ports.now().getTime() - countedMs);
    const perAddress = await failedLogins.count(keys[0], since);
    const perName = await failedLogins.count(keys[1], since);
    if (perAddress >= failuresPerAddressMax || perName >= failuresPerNameMax) throw new TooManyAttempts();
    return users.byName(username);
  });
  // The hash is slow on purpose, so no transaction is open meanwhile.
  const isRight = await ports.verifyPassword(user?.passwordHash ?? (await unknownUserHash(ports)), password);
  if (!user || !isRight) {
    await ports.transaction((gateway) => refuse(gateway, ports.now(), username, address, keys));
    throw new Problem('unauthenticated', 'Not signed in', 'the username or the password is wrong', {
      remedy: 'Check both. After npm start the first password is printed and kept in .drover/first-password.',
    });
  }
  return ports.transaction((gateway) => accept(gateway, ports, user, address, keys));
}

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

async function refuse(
  { failedLogins, audit }: GatewayTransaction,
  at: Date,
  username: string,
  address: string,
  keys: readonly string[],
): Promise<void> {
  await failedLogins.insert(keys, at);
  await audit({ actor: username, action: 'session.refused', subject: username, detail: { address } });
}

async function accept(
  { sessions, failedLogins, audit }: GatewayTransaction,
  ports: GatewayPorts,
  user: User,
  address: string,
  keys: readonly string[],
): Promise<SignedIn> {
  const createdAt = ports.now();
  const expiresAt = new Date(createdAt.getTime() + sessionHours * 3600_000);
  const token = ports.randomBytes(tokenBytes).toString('base64url');
  await failedLogins.clear(keys.slice(1), new Date(createdAt.getTime() - countedMs));
  await sessions.removeExpired(createdAt);
  await sessions.insert({
    userId: user.id,
    username: user.username,
    tokenHash: hashToken(token),
    createdAt,
    expiresAt,
  });
  await audit({ actor: user.username, action: 'session.created', subject: user.id, detail: { address } });
  return { token, expiresAt: expiresAt.toISOString(), username: user.username };
}

let hashOfNothing: Promise<string> | undefined;

/** A name that does not exist costs as much time as one that does. */
const unknownUserHash = (ports: GatewayPorts): Promise<string> =>
  (hashOfNothing ??= ports.hashPassword(ports.randomBytes(tokenBytes).toString('base64url')));
