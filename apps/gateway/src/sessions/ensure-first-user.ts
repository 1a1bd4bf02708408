import type { GatewayPorts } from './ports';

export const firstUsername = 'admin';
/** 20 characters of 5 bits each: nobody guesses it, and it can be typed. */
const passwordCharacters = 20;
/** Without 0, 1, i, l, o and u: what can be mistaken when read from a screen is left out. */
const alphabet = '23456789abcdefghjkmnpqrstvwxyz-+';

/** Where a first password comes from and where it is kept until its owner has read it. */
export interface FirstPassword {
  /** The one given by the environment, or kept by an earlier start. */
  read(): Promise<string | undefined>;
  /** Keeps a made-up password, readable by the owner of the process only. */
  keep(password: string): Promise<void>;
}

/**
 * Creates the user `admin` when there is no user. The password is kept before the user exists: a crash in between
 * leaves a password without a user, which the next start uses, and never a user whose password nobody knows.
 * @returns the password when the user was created by this call.
 */
export async function ensureFirstUser(
  ports: GatewayPorts,
  firstPassword: FirstPassword,
): Promise<string | undefined> {
  return ports.transaction(async ({ users, audit }) => {
    await users.lockForFirstUser();
    if ((await users.count()) > 0) return undefined;
    const known = await firstPassword.read();
    const password = known ?? makePassword(ports.randomBytes(passwordCharacters));
    if (known === undefined) await firstPassword.keep(password);
    const id = ports.newId();
    const passwordHash = await ports.hashPassword(password);
    await users.insert({ id, username: firstUsername, passwordHash, createdAt: ports.now() });
    await audit({
      actor: 'drover',
      action: 'user.created',
      subject: id,
      detail: { username: firstUsername },
    });
    return password;
  });
}

const makePassword = (bytes: Buffer): string =>
  [...bytes].map((byte) => alphabet[byte % alphabet.length]).join('');
