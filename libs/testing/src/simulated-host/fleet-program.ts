import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The fleet's own program (main.ts): built where the project is built, else its source and what Node needs to run it. */
export function fleetProgram(): { file: string; runtime: string[] } {
  const built = join(__dirname, 'main.js');
  if (existsSync(built)) return { file: built, runtime: [] };
  return { file: join(__dirname, 'main.ts'), runtime: ['--import', 'tsx'] };
}
