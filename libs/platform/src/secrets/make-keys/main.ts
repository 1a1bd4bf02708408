/**
 * Makes the key pair of an installation whose services run apart:
 * `node libs/platform/dist/secrets/make-keys/main.js public.key private.key`. Keys that exist are kept. The first file is for the
 * gateway, the second one for the workers only.
 */
import { ensureKeyPair } from '../key-pair';

const [publicKeyFile, privateKeyFile] = process.argv.slice(2);
if (publicKeyFile === undefined || privateKeyFile === undefined) {
  console.error('usage: make-keys PUBLIC_KEY_FILE PRIVATE_KEY_FILE');
  process.exitCode = 2;
} else {
  ensureKeyPair({ publicKeyFile, privateKeyFile }).catch((error: unknown) => {
    console.error(`make-keys: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
}
