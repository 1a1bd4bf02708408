import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIGURATION, type Configuration } from '@drover/platform';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { GatewayAdapter } from './database.adapter';
import { ensureFirstUser, type FirstPassword } from './ensure-first-user';

export const firstPasswordFile = (stateFolder: string): string => join(stateFolder, 'first-password');

/** Creates the first user when the gateway starts on an empty database. */
@Injectable()
export class FirstUser implements OnApplicationBootstrap {
  constructor(
    private readonly gateway: GatewayAdapter,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await ensureFirstUser(this.gateway.ports, firstPasswordIn(this.configuration.stateFolder));
  }
}

/** DROVER_FIRST_PASSWORD when it is set; else a file that only the owner of the process can read. */
const firstPasswordIn = (stateFolder: string): FirstPassword => ({
  read: async () => process.env.DROVER_FIRST_PASSWORD || (await readFirstPassword(stateFolder)),
  keep: async (password) => {
    await mkdir(stateFolder, { recursive: true });
    const file = firstPasswordFile(stateFolder);
    await writeFile(file, `${password}\n`, { mode: 0o600 });
    // The mode above counts only when the file is made by this call.
    await chmod(file, 0o600);
  },
});

/** The password that was made up at the first start, while its file is there. */
export async function readFirstPassword(stateFolder: string): Promise<string | undefined> {
  try {
    return (await readFile(firstPasswordFile(stateFolder), 'utf8')).trim() || undefined;
  } catch (error) {
    if (typeof error === 'object' && error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
