/** Tokens by server, in a file that only its owner can read. */
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const stored = z.object({
  /** The server signed in to last; commands go there when none is named. */
  current: z.string().optional(),
  tokens: z.record(z.string(), z.object({ token: z.string(), username: z.string(), expiresAt: z.string() })),
});
export type StoredTokens = z.output<typeof stored>;

/** The user's own configuration folder, or DROVER_CONFIG. */
export function configurationFolder(environment: Record<string, string | undefined>): string {
  const { DROVER_CONFIG, XDG_CONFIG_HOME, APPDATA } = environment;
  return DROVER_CONFIG || join(XDG_CONFIG_HOME || APPDATA || join(homedir(), '.config'), 'drover');
}

const fileIn = (folder: string): string => join(folder, 'tokens.json');

/** An absent or damaged file holds no tokens: signing in writes it again. */
export async function readTokens(folder: string): Promise<StoredTokens> {
  const none: StoredTokens = { tokens: {} };
  try {
    return stored.catch(none).parse(JSON.parse(await readFile(fileIn(folder), 'utf8')));
  } catch (error) {
    const isAbsent = typeof error === 'object' && error && 'code' in error && error.code === 'ENOENT';
    if (isAbsent || error instanceof SyntaxError) return none;
    throw error;
  }
}

/** Written beside and renamed, so that a reader never sees half a file. */
export async function writeTokens(folder: string, tokens: StoredTokens): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const beside = `${fileIn(folder)}.${process.pid}`;
  await writeFile(beside, `${JSON.stringify(tokens, undefined, 2)}\n`, { mode: 0o600 });
  await chmod(beside, 0o600);
  await rename(beside, fileIn(folder));
}
