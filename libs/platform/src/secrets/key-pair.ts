import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import sodium from 'libsodium-wrappers';
import { PlatformError } from '../failure';

/** Makes a key pair when there is none: the private key readable by its owner only. */
export async function ensureKeyPair(files: { publicKeyFile: string; privateKeyFile: string }): Promise<void> {
  if (existsSync(files.publicKeyFile) && existsSync(files.privateKeyFile)) return;
  if (existsSync(files.privateKeyFile)) {
    await sodium.ready;
    const privateKey = await readKey(files.privateKeyFile, sodium.crypto_box_SECRETKEYBYTES);
    await write(files.publicKeyFile, sodium.crypto_scalarmult_base(privateKey), 0o644);
    return;
  }
  if (existsSync(files.publicKeyFile)) {
    throw new PlatformError(
      'secret',
      'the private key is gone; passwords sealed to the public key are lost with it',
    );
  }
  await sodium.ready;
  const pair = sodium.crypto_box_keypair();
  await write(files.privateKeyFile, pair.privateKey, 0o600);
  await write(files.publicKeyFile, pair.publicKey, 0o644);
}

/** Reads a key in base64 and checks its length; the error never holds its content. */
export async function readKey(file: string, sizeBytes: number): Promise<Uint8Array> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new PlatformError('secret', 'a key file cannot be read', error);
  }
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== sizeBytes)
    throw new PlatformError('secret', `a key file does not hold ${sizeBytes} bytes`);
  return key;
}

/** Under a temporary name first: a half-written key would lock every password away. */
async function write(file: string, key: Uint8Array, mode: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, `${Buffer.from(key).toString('base64')}\n`, { mode });
  await chmod(temporary, mode);
  const handle = await open(temporary, 'r');
  await handle.sync();
  await handle.close();
  await rename(temporary, file);
}
