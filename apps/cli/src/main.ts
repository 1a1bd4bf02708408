#!/usr/bin/env node
/** The program `drover`. */
import { processTerminal } from './process-terminal';
import { run } from './run';

const interrupt = new AbortController();
process.on('SIGINT', () => {
  // The second Ctrl-C does not wait for anything to be tidied up.
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
  // What does not listen to the signal, such as a request under way, does not hold up the person.
  setTimeout(() => process.exit(130), 1000).unref();
});
// A reader that has seen enough, such as `head`, closes the pipe; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 3));

void run(process.argv.slice(2), processTerminal(interrupt.signal)).then((exitCode) => {
  process.exitCode = exitCode;
});
