/**
 * A simulated fleet as a process of its own, so that killing Drover does not kill the computers. Prints one JSON line when
 * all computers listen; then takes one JSON command a line on standard input (fleet-control.ts; add an `id`) and answers each
 * with a line. Ends at SIGTERM or SIGINT, and with --until-stdin-closes when its standard input does.
 */
import { parseArgs } from 'node:util';
import { createInterface } from 'node:readline';
import { startSimulatedFleet, type FleetOptions } from './fleet';
import { controlFleet } from './fleet-control';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '25' },
      hosts: { type: 'string' },
      port: { type: 'string', default: '0' },
      subnet: { type: 'string' },
      state: { type: 'string' },
      speed: { type: 'string' },
      username: { type: 'string' },
      wide: { type: 'boolean', default: false },
      'until-stdin-closes': { type: 'boolean', default: false },
    },
  });
  const options: FleetOptions = {
    ...(values.hosts === undefined
      ? { count: Number(values.count) }
      : { hosts: JSON.parse(values.hosts) as NonNullable<FleetOptions['hosts']> }),
    port: Number(values.port),
    wideListener: values.wide,
    ...(values.subnet === undefined ? {} : { subnet: values.subnet }),
    ...(values.state === undefined ? {} : { stateFolder: values.state }),
    ...(values.speed === undefined ? {} : { clock: { speed: Number(values.speed) } }),
    ...(values.username === undefined ? {} : { username: values.username }),
    ...(process.env['DROVER_FLEET_PASSWORD'] === undefined
      ? {}
      : { password: process.env['DROVER_FLEET_PASSWORD'] }),
  };
  const fleet = await startSimulatedFleet(options);
  const say = (line: unknown): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);
  const end = (): void => void fleet.close().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  const commands = createInterface({ input: process.stdin });
  commands.on('line', (line) => void obey(line).then(say));
  if (values['until-stdin-closes']) commands.once('close', end);
  say({ hosts: fleet.hosts.map(({ name, address, port }) => ({ name, address, port })) });

  async function obey(line: string): Promise<{ id: unknown; error?: string }> {
    let id: unknown;
    try {
      const { id: given, ...command } = JSON.parse(line) as { id?: unknown };
      id = given;
      await controlFleet(fleet, command);
      return { id };
    } catch (error) {
      return { id, error: error instanceof Error ? error.message : String(error) };
    }
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
