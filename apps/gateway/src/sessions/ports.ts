/** What signing in and out needs from the outside. */

export interface User {
  id: string;
  username: string;
  /** argon2id, in its own encoded form. */
  passwordHash: string;
}

export interface Session {
  userId: string;
  username: string;
  /** SHA-256 of the token, in hexadecimal; the token itself is kept nowhere. */
  tokenHash: string;
  expiresAt: Date;
}

export interface Users {
  count(): Promise<number>;
  byName(username: string): Promise<User | undefined>;
  insert(user: User & { createdAt: Date }): Promise<void>;
  /** Keeps two gateways that start at once from both creating the first user. */
  lockForFirstUser(): Promise<void>;
}

export interface Sessions {
  insert(session: Session & { createdAt: Date }): Promise<void>;
  /** The session with this hash when it has not expired at `now`. */
  find(tokenHash: string, now: Date): Promise<Session | undefined>;
  remove(tokenHash: string): Promise<void>;
  removeExpired(now: Date): Promise<void>;
}

/** Logins that were refused, by what they have in common: an address, or an address and a name. */
export interface FailedLogins {
  count(key: string, since: Date): Promise<number>;
  insert(keys: readonly string[], at: Date): Promise<void>;
  clear(keys: readonly string[], before: Date): Promise<void>;
}

export interface AuditEntry {
  actor: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}

export interface GatewayTransaction {
  users: Users;
  sessions: Sessions;
  failedLogins: FailedLogins;
  audit(entry: AuditEntry): Promise<void>;
}

export interface GatewayPorts {
  transaction<T>(work: (gateway: GatewayTransaction) => Promise<T>): Promise<T>;
  hashPassword(password: string): Promise<string>;
  verifyPassword(hash: string, password: string): Promise<boolean>;
  randomBytes(count: number): Buffer;
  now(): Date;
  newId(): string;
}
