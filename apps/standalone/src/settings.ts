/** What `npm start -- …` accepts. */
import { parseArgs } from 'node:util';
import { z } from 'zod';

export const usage = `npm start -- [options]

  --port NUMBER    where the API listens on 127.0.0.1 (8420, or the one of the last start)
  --state FOLDER   where everything is kept (.drover)
  --no-fleet       without the simulated computers
  --help

DATABASE_URL, REDIS_URL and NATS_URL replace the embedded servers.`;

export interface StandaloneSettings {
  port: number | undefined;
  stateFolder: string | undefined;
  hasFleet: boolean;
  isHelp: boolean;
}

/** @throws Error with a sentence for the operator. */
export function readSettings(args: string[]): StandaloneSettings {
  const { values } = parseArgs({
    args,
    allowPositionals: false,
    options: {
      port: { type: 'string' },
      state: { type: 'string' },
      'no-fleet': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const port = z.coerce.number().int().min(1).max(65_535).optional().safeParse(values.port);
  if (!port.success) throw new Error(`--port ${values.port}: not a port`);
  return {
    port: port.data,
    stateFolder: values.state,
    hasFleet: !values['no-fleet'],
    isHelp: values.help,
  };
}
