import { ensureFirstUser } from './ensure-first-user';
import { findSession, signOut } from './find-session';
import type { GatewayPorts, Session, User } from './ports';
import { sessionHours, signIn, TooManyAttempts } from './sign-in';

/** The gateway's books in memory; its clock stands until it is moved. */
class FakeGateway implements GatewayPorts {
  users: User[] = [];
  sessions: Session[] = [];
  failures: { key: string; at: Date }[] = [];
  actions: string[] = [];
  clock = new Date('2026-01-01T00:00:00Z');
  verified = 0;
  private made = 0;

  transaction<T>(work: Parameters<GatewayPorts['transaction']>[0]): Promise<T> {
    return work({
      users: {
        count: async () => this.users.length,
        byName: async (name) => this.users.find((user) => user.username === name.toLowerCase()),
        insert: async (user) => void this.users.push(user),
        lockForFirstUser: async () => undefined,
      },
      sessions: {
        insert: async (session) => void this.sessions.push(session),
        find: async (hash, now) =>
          this.sessions.find(({ tokenHash, expiresAt }) => tokenHash === hash && expiresAt > now),
        remove: async (hash) => void (this.sessions = this.sessions.filter((s) => s.tokenHash !== hash)),
        removeExpired: async (now) => void (this.sessions = this.sessions.filter((s) => s.expiresAt > now)),
      },
      failedLogins: {
        count: async (key, since) => this.failures.filter((f) => f.key === key && f.at > since).length,
        insert: async (keys, at) => void this.failures.push(...keys.map((key) => ({ key, at }))),
        clear: async (keys) => void (this.failures = this.failures.filter(({ key }) => !keys.includes(key))),
      },
      audit: async ({ actor, action }) => void this.actions.push(`${actor} ${action}`),
    }) as Promise<T>;
  }

  hashPassword = async (password: string): Promise<string> => `hash of ${password}`;
  verifyPassword = async (hash: string, password: string): Promise<boolean> => {
    this.verified += 1;
    return hash === `hash of ${password}`;
  };
  randomBytes = (count: number): Buffer => Buffer.alloc(count, (this.made += 1));
  now = (): Date => this.clock;
  newId = (): string => '018f0000-0000-7000-8000-000000000001';
}

const noFile = { read: async () => undefined, keep: async () => undefined };

async function gatewayWithAdmin(): Promise<{ gateway: FakeGateway; password: string }> {
  const gateway = new FakeGateway();
  return { gateway, password: (await ensureFirstUser(gateway, noFile)) ?? '' };
}

describe('the first user', () => {
  it('is made once, and its password is kept before it exists', async () => {
    const gateway = new FakeGateway();
    const kept: [string, number][] = [];
    const keep = async (password: string) => void kept.push([password, gateway.users.length]);
    const password = await ensureFirstUser(gateway, { ...noFile, keep });
    expect(kept).toEqual([[password, 0]]);
    expect(password).toMatch(/^[2-9a-z+-]{20}$/);
    expect(await ensureFirstUser(gateway, { ...noFile, keep })).toBeUndefined();
    expect(gateway.users).toHaveLength(1);
  });

  it('gets the password that is given, or that an earlier start has left', async () => {
    const gateway = new FakeGateway();
    expect(await ensureFirstUser(gateway, { ...noFile, read: async () => 'given' })).toBe('given');
    expect(gateway.users[0]?.passwordHash).toBe('hash of given');
  });
});

describe('signing in', () => {
  const attempt = (gateway: FakeGateway, password: string, username = 'admin', address = '192.0.2.1') =>
    signIn(gateway, { username, password, address });

  it('gives a token that is kept only as a hash and ends after its hours', async () => {
    const { gateway, password } = await gatewayWithAdmin();
    const { token } = await attempt(gateway, password);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(JSON.stringify(gateway.sessions)).not.toContain(token);
    expect(await findSession(gateway, token)).toMatchObject({ username: 'admin' });
    gateway.clock = new Date(gateway.clock.getTime() + sessionHours * 3600_000);
    expect(await findSession(gateway, token)).toBeUndefined();
  });

  it('costs the same work for a name that does not exist', async () => {
    const { gateway } = await gatewayWithAdmin();
    await expect(attempt(gateway, 'x', 'nobody')).rejects.toMatchObject({ kind: 'unauthenticated' });
    expect(gateway.verified).toBe(1);
  });

  it('is refused after five wrong passwords from one address, even with the right one, for a while', async () => {
    const { gateway, password } = await gatewayWithAdmin();
    for (let i = 0; i < 5; i += 1) await expect(attempt(gateway, 'x')).rejects.toThrow('wrong');
    await expect(attempt(gateway, password)).rejects.toBeInstanceOf(TooManyAttempts);
    expect((await attempt(gateway, password, 'admin', '192.0.2.2')).username).toBe('admin');
    gateway.clock = new Date(gateway.clock.getTime() + 15 * 60_000);
    expect((await attempt(gateway, password)).username).toBe('admin');
  });

  it('is refused to an address that tries many names', async () => {
    const { gateway, password } = await gatewayWithAdmin();
    for (let i = 0; i < 30; i += 1) await expect(attempt(gateway, 'x', `name-${i}`)).rejects.toThrow('wrong');
    await expect(attempt(gateway, password)).rejects.toBeInstanceOf(TooManyAttempts);
  });

  it('forgets the wrong passwords of somebody who then gets it right', async () => {
    const { gateway, password } = await gatewayWithAdmin();
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 4; i += 1) await expect(attempt(gateway, 'x')).rejects.toThrow('wrong');
      await attempt(gateway, password);
    }
    expect(gateway.sessions).toHaveLength(3);
  });

  it('is audited, and so is signing out', async () => {
    const { gateway, password } = await gatewayWithAdmin();
    await expect(attempt(gateway, 'x')).rejects.toThrow();
    const { token } = await attempt(gateway, password);
    const session = await findSession(gateway, token);
    if (session) await signOut(gateway, session);
    expect(await findSession(gateway, token)).toBeUndefined();
    expect(gateway.actions).toEqual([
      'drover user.created',
      'admin session.refused',
      'admin session.created',
      'admin session.ended',
    ]);
  });
});
