/** Finds the Drover that `npm start` runs here, so that commands work without naming a server or signing in. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** The part of ports.json that is needed here: where the gateway listens. */
const ports = z.object({ gateway: z.int().min(1).max(65_535) });

export interface LocalStandalone {
  server: string;
  /** Known until its file is deleted. */
  firstPassword: string | undefined;
}

/** Looks in DROVER_STATE, or for a folder `.drover` here and above. */
export async function findLocalStandalone(
  environment: Record<string, string | undefined>,
  workingFolder: string,
): Promise<LocalStandalone | undefined> {
  const folders = environment.DROVER_STATE
    ? [environment.DROVER_STATE]
    : upwards(workingFolder).map((folder) => join(folder, '.drover'));
  for (const folder of folders) {
    const text = await readIfThere(join(folder, 'ports.json'));
    if (text === undefined) continue;
    const read = ports.safeParse(parsed(text));
    if (!read.success) continue;
    const firstPassword = (await readIfThere(join(folder, 'first-password')))?.trim();
    return { server: `http://127.0.0.1:${read.data.gateway}`, firstPassword: firstPassword || undefined };
  }
  return undefined;
}

function upwards(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...upwards(above)];
}

/** A file that is being written reads as no file. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = typeof error === 'object' && error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined;
    throw error;
  }
}
