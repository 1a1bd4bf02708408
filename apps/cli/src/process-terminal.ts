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
      return stdout.columns || 80;
    },
    get rows() {
      return stdout.rows || 24;
    },
    readInput,
    redraw: (text) => logUpdate(text),
    redrawDone: () => logUpdate.done(),
    environment: process.env,
    workingFolder: workingFolder(),
    interrupted,
  };
}

/** `npm run drover` starts in the root of the workspace, and says where the person is. */
function workingFolder(): string {
  const { INIT_CWD, npm_lifecycle_event: script } = process.env;
  return script === 'drover' && INIT_CWD ? INIT_CWD : process.cwd();
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
