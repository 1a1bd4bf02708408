/** What a trial needs to try something: the simulated computers as assets, their account, and a package. */
import { existsSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  Problem,
  createAsset,
  createCredential,
  createPackage,
  listCredentials,
  type PackageContentInput,
} from '@drover/contracts';
import type { Bus, Sealer } from '@drover/platform';
import { defaultUsername } from '@drover/testing';

import type { Fleet } from './fleet';

export const samplePackageName = 'Say hello';
const actor = 'drover start';
const credentialName = 'Simulated computers';

/** Branches included: the second step fails on purpose, and its failure branch goes to the third. */
const samplePackage: PackageContentInput = {
  name: samplePackageName,
  description: 'Three harmless commands that show steps, success codes and branches.',
  maximumDurationSeconds: 300,
  steps: [
    { id: 'greet', name: 'Greet', type: 'command', command: 'echo Hello from %COMPUTERNAME%' },
    {
      id: 'fail',
      name: 'Fail on purpose',
      type: 'command',
      command: 'exit 7',
      onSuccess: { go: 'stopSuccess' },
      onFailure: { go: 'step', step: 'explain' },
    },
    {
      id: 'explain',
      name: 'Say that it is fine',
      type: 'command',
      command: 'echo The step before ended with 7, so its failure branch led here.',
      onSuccess: { go: 'stopSuccess' },
    },
  ],
};

/** Adds them once in the life of a state folder; what the operator deletes later stays deleted. */
export async function seed(
  stateFolder: string,
  bus: Bus,
  sealer: Sealer,
  { hosts, password }: Fleet,
): Promise<void> {
  const mark = join(stateFolder, 'fleet', 'seeded');
  if (existsSync(mark)) return;
  for (const { name, address, port } of hosts) {
    await unlessThere(bus.ask(createAsset, { actor, asset: { name, address, port } }));
  }
  await seedCredential(bus, sealer, password);
  await unlessThere(bus.ask(createPackage, { actor, content: samplePackage }));
  writeFileSync(mark, '');
}

async function seedCredential(bus: Bus, sealer: Sealer, password: string): Promise<void> {
  const { credentials } = await bus.ask(listCredentials, {});
  if (credentials.some((credential) => credential.isGlobal)) return;
  const id = randomUUID();
  const account = { username: defaultUsername, domain: null };
  const sealed = await sealer.seal({ id, version: 1, ...account, password });
  const credential = { name: credentialName, ...account, isGlobal: true };
  await bus.ask(createCredential, { actor, id, credential, sealed });
}

/** A start that was killed in the middle of its seeds goes on where it stopped. */
async function unlessThere(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Problem) || error.kind !== 'conflict') throw error;
  }
}
