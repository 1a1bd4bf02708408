/** `npm run bench -- NAME`: runs one benchmark, or all of them, and writes bench/results/NAME.json. Nothing fails on a time. */
import { benchCatalogue } from './catalogue';
import { benchDispatch } from './dispatch';
import { benchRunner } from './runner';

const benchmarks: Record<string, () => Promise<void>> = {
  catalogue: benchCatalogue,
  dispatch: benchDispatch,
  runner: benchRunner,
};

async function main(): Promise<void> {
  const names = process.argv.slice(2);
  for (const name of names.length > 0 ? names : Object.keys(benchmarks)) {
    const run = benchmarks[name];
    if (!run) {
      console.error(`there is no benchmark "${name}"; one of: ${Object.keys(benchmarks).join(', ')}`);
      process.exitCode = 2;
      return;
    }
    console.log(`bench ${name} …`);
    await run();
  }
}

void main();
