/** Decides where a command goes and as whom, and signs in. */
import { z } from 'zod';
import { call, type Connection } from '../api/client';
import { exitCodes } from '../exit-codes';
import { Failure } from '../failure';
import type { Terminal } from '../terminal';
import { findLocalStandalone } from './local-standalone';
import { configurationFolder, readTokens, writeTokens } from './token-store';

const session = z.object({ token: z.string(), expiresAt: z.string(), username: z.string() });
export type SignedIn = z.output<typeof session>;

/** The first user's name, as the gateway makes it. */
export const firstUsername = 'admin';

const withoutSlash = (server: string): string => server.replace(/\/+$/, '');

/** The server that is meant: the option, DROVER_SERVER, the one that runs here, the one signed in to last. */
export async function chooseServer(terminal: Terminal, option: string | undefined): Promise<string> {
  const named = option ?? terminal.environment.DROVER_SERVER;
  if (named) return checked(withoutSlash(named));
  const local = await findLocalStandalone(terminal.environment, terminal.workingFolder);
  if (local) return local.server;
  const { current } = await readTokens(configurationFolder(terminal.environment));
  if (current !== undefined) return current;
  throw new Failure(
    exitCodes.usage,
    'no server is named, and none runs here',
    'Start one with npm start, or name one with --server URL or DROVER_SERVER.',
  );
}

function checked(server: string): string {
  if (/^https?:$/.test(URL.canParse(server) ? new URL(server).protocol : '')) return server;
  throw new Failure(
    exitCodes.usage,
    `${server} is not the address of a server`,
    'Write it as http://HOST:PORT',
  );
}

/**
 * The server and a token: DROVER_TOKEN, the stored one, or, for the Drover that runs here, one for its first user.
 * @throws Failure 'notSignedIn' when there is none.
 */
export async function connect(terminal: Terminal, option: string | undefined): Promise<Connection> {
  const server = await chooseServer(terminal, option);
  const { DROVER_TOKEN } = terminal.environment;
  if (DROVER_TOKEN) return { server, token: DROVER_TOKEN };
  const { tokens } = await readTokens(configurationFolder(terminal.environment));
  const known = tokens[server];
  // A minute's margin: a token should not end between this check and its use.
  if (known && Date.parse(known.expiresAt) > Date.now() + 60_000 && (await isAccepted(server, known.token)))
    return { server, token: known.token };
  const local = await findLocalStandalone(terminal.environment, terminal.workingFolder);
  if (local?.server === server && local.firstPassword !== undefined) {
    const { token } = await signIn(terminal, server, firstUsername, local.firstPassword);
    return { server, token };
  }
  throw new Failure(
    exitCodes.notSignedIn,
    known ? `the session with ${server} has ended` : `not signed in to ${server}`,
    'Sign in: drover login',
  );
}

/** A local server whose state was thrown away does not know the tokens of before. */
async function isAccepted(server: string, token: string): Promise<boolean> {
  try {
    await call({ server, token }, z.unknown(), { path: '/sessions/current' });
    return true;
  } catch (error) {
    if (error instanceof Failure && error.exitCode === exitCodes.notSignedIn) return false;
    throw error;
  }
}

/** Signs in and stores the token. @throws Failure */
export async function signIn(
  terminal: Terminal,
  server: string,
  username: string,
  password: string,
): Promise<SignedIn> {
  const body = { username, password };
  const signedIn = await call({ server, token: undefined }, session, {
    method: 'POST',
    path: '/sessions',
    body,
  });
  const folder = configurationFolder(terminal.environment);
  const { tokens } = await readTokens(folder);
  await writeTokens(folder, { current: server, tokens: { ...tokens, [server]: signedIn } });
  return signedIn;
}

/** Ends the session at the server and forgets its token. */
export async function signOut(terminal: Terminal, option: string | undefined): Promise<string> {
  const server = await chooseServer(terminal, option);
  const folder = configurationFolder(terminal.environment);
  const { current, tokens } = await readTokens(folder);
  const { [server]: known, ...others } = tokens;
  if (known && (await isAccepted(server, known.token)))
    await call({ server, token: known.token }, z.unknown(), { method: 'DELETE', path: '/sessions/current' });
  await writeTokens(folder, { ...(current !== undefined && { current }), tokens: others });
  return server;
}
