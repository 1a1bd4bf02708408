#!/usr/bin/env node
/** The program `windows-remote`. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { run } from './run';

const interrupt = new AbortController();
process.on('SIGINT', () => {
  // The second Ctrl-C does not wait for the connection to be closed.
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
});
// A reader that has seen enough, such as `head`, closes the pipe; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const silent = new Writable({ write: (_chunk, _encoding, done) => done() });

function askPassword(prompt: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return Promise.resolve(undefined);
  process.stderr.write(prompt);
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  return new Promise((resolve) => {
    lines.once('close', () => resolve(undefined));
    lines.once('SIGINT', () => lines.close());
    lines.once('line', (line) => {
      resolve(line);
      process.stderr.write('\n');
      lines.close();
    });
  });
}

void run(process.argv.slice(2), {
  environment: process.env,
  signal: interrupt.signal,
  write: (data) => void process.stdout.write(data),
  complain: (text) => void process.stderr.write(text),
  askPassword,
}).then((exitCode) => {
  process.exitCode = exitCode;
});
