import logUpdate from 'log-update';
import { exitCodes } from './exit-codes';
import { Failure } from './failure';
import type { Terminal } from './terminal';

const inputCharactersMax = 1024 * 1024;

/** The terminal of this process. */
export function processTerminal(interrupted: AbortSignal): Terminal {
  const { stdout, stderr } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isInteractive: stdout.isTTY === true && process.env.TERM !== 'dumb',
    // A pseudo-terminal without a window says that it has no columns.
    get columns() {
      return stdout.columns || 120;
    },
    get rows() {
      return stdout.rows || 40;
    },
    readInput,
    redraw: (text) => logUpdate(text),
    redrawDone: () => logUpdate.done(),
    environment: process.env,
    workingFolder: process.cwd(),
    interrupted,
  };
}

async function readInput(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > inputCharactersMax) throw new Failure(exitCodes.usage, 'standard input is too long');
  }
  return text;
}
