/** `windows-remote svc`: the service manager. */
import { table } from './terminal';
import type { Verb } from './verb';
import { answer } from './verb';

/** How long a service may take to start or stop; Windows' own limit is 30 s without progress. */
const waitMs = 60_000;

export const services: Readonly<Record<string, Verb>> = {
  list: {
    usage: '',
    summary: 'list the services with their states',
    argumentsMin: 0,
    argumentsMax: 0,
    async run(host, _args, terminal, options) {
      const found = await host.services.list();
      answer(
        terminal,
        options,
        found,
        table(found.map(({ name, state, displayName }) => [name, state, displayName])),
      );
    },
  },
  start: {
    usage: 'NAME',
    summary: 'start a service and wait until it runs',
    argumentsMin: 1,
    argumentsMax: 1,
    async run(host, [name = ''], terminal, options) {
      const result = await host.services.start(name, waitMs);
      answer(terminal, options, { result }, result === 'started' ? 'started\n' : 'already running\n');
    },
  },
  stop: {
    usage: 'NAME',
    summary: 'stop a service and wait until it has stopped',
    argumentsMin: 1,
    argumentsMax: 1,
    async run(host, [name = ''], terminal, options) {
      const result = await host.services.stop(name, waitMs);
      answer(terminal, options, { result }, result === 'stopped' ? 'stopped\n' : 'already stopped\n');
    },
  },
};
