/** Simulated computers in a process of their own, so that their CPU is not counted as ours. Ends when its standard input closes. */
import { defaultUsername, startSimulatedFleet } from '@drover/testing';

async function main(): Promise<void> {
  const [count = '1', subnet = '127.19.1', password = ''] = process.argv.slice(2);
  const fleet = await startSimulatedFleet({ count: Number(count), subnet, password });
  console.log(
    JSON.stringify(
      fleet.hosts.map(({ name, address, port }) => ({ name, address, port, username: defaultUsername })),
    ),
  );
  process.stdin.on('end', () => void fleet.close().then(() => process.exit(0)));
  process.stdin.resume();
}

void main();
