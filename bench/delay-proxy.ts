/**
 * A TCP proxy on loopback, in a process of its own so that its CPU is nobody's cost. It delays each direction and counts
 * round trips as a bystander sees them: one each time the client speaks after having been answered, and one for the
 * connection itself. Every client in a benchmark goes through it, so that they are counted alike.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface DelayProxy {
  port: number;
  /** Round trips since the proxy began, over all connections. */
  roundTrips(): Promise<number>;
  close(): void;
}

export async function startDelayProxy(
  target: { host: string; port: number },
  roundTripMs: number,
): Promise<DelayProxy> {
  const child = spawn(
    join(__dirname, '..', 'node_modules/.bin/tsx'),
    [join(__dirname, 'delay-proxy-process.ts'), target.host, String(target.port), String(roundTripMs)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const numbers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextNumber = async (): Promise<number> => Number((await numbers.next()).value);
  return {
    port: await nextNumber(),
    roundTrips: () => {
      child.stdin.write('\n');
      return nextNumber();
    },
    close: () => child.stdin.end(),
  };
}
