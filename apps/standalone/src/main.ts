/** `npm start`: everything in one process, until Ctrl-C. */
import 'reflect-metadata';
import { startDrover, type RunningDrover } from './drover';
import { Progress } from './progress';
import { samplePackageName } from './seeds';
import { readSettings, usage } from './settings';

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  if (settings.isHelp) return console.log(usage);
  const progress = new Progress((line) => console.log(line));
  const starting = startDrover(settings, progress);
  endOnSignals(starting);
  const drover = await starting;
  console.log(greeting(drover, progress.total()));
}

/** One Ctrl-C can arrive twice: from the terminal, and passed on by npm or another parent. */
const sameSignalMs = 1_000;

/** The first signal ends everything in order, also in the middle of the start; a later one ends this process. */
function endOnSignals(starting: Promise<RunningDrover>): void {
  let endingSince: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (endingSince !== undefined) {
        if (Date.now() - endingSince > sameSignalMs) process.exit(1);
        return;
      }
      endingSince = Date.now();
      console.log('ending …');
      void starting
        .then((drover) => drover.close())
        .then(() => process.exit(0))
        .catch(fail);
    });
  }
}

function greeting(drover: RunningDrover, took: string): string {
  const lines = ['', `Drover is ready in ${took}: ${drover.url}`];
  if (drover.isFirstStart && drover.firstPassword !== undefined) {
    lines.push(
      `  sign in as admin with ${drover.firstPassword} (kept in ${drover.stateFolder}/first-password)`,
    );
  }
  if (drover.fleet) {
    const { hosts } = drover.fleet;
    lines.push(`  ${hosts.length} simulated computers, ${hosts[0]?.name} to ${hosts.at(-1)?.name}`);
    lines.push(`  try: npm run drover -- deploy "${samplePackageName}" --all`);
  }
  lines.push('  This is one process: workers and web tier share it, and with it the private key.');
  lines.push(`  log: ${drover.stateFolder}/drover.log · Ctrl-C ends everything`, '');
  return lines.join('\n');
}

function fail(error: unknown): void {
  console.error(`drover: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

main().catch(fail);
