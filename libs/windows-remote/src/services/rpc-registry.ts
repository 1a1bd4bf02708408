/** HKEY_LOCAL_MACHINE of a computer over its Remote Registry service, [MS-RRP]. */
import { win32Error } from '../status/win32';
import { RemoteError } from '../status/remote-error';
import type { RpcClient } from '../rpc/rpc-client';
import { RpcRegistryKey, sizedDescriptor } from './registry-key';
import type { CreateKeyOptions, RegistryKey, RemoteRegistry, ViewOptions } from './remote-registry';
import type { OpenClient } from './shared-client';
import { sharedClient } from './shared-client';
import { winreg } from './winreg.procedures';

const { procedures } = winreg;

/** KEY_WOW64_64KEY and KEY_WOW64_32KEY, [MS-RRP] 2.2.4. */
const viewFlags = { '64': 0x0100, '32': 0x0200 } as const;
/** REGSAM, [MS-RRP] 2.2.4: whatever the account may do, in one view. */
const accessIn = ({ view = '64' }: ViewOptions): number => (0x0200_0000 | viewFlags[view]) >>> 0;
/** REG_OPTION_VOLATILE. */
const volatileOption = 1;
/** REG_CREATED_NEW_KEY. */
const createdNewKey = 1;
/** SECURITY_ATTRIBUTES' own length field; servers ignore it. */
const securityAttributesBytes = 12;

const success = 0;
const fileNotFound = 2;
/** Windows allows 512 levels of keys. */
const depthMax = 512;

export class RpcRegistry implements RemoteRegistry {
  private readonly root: () => Promise<{ client: RpcClient; key: Buffer }>;

  constructor(
    openClient: OpenClient,
    private readonly host: string | undefined,
  ) {
    this.root = sharedClient(async () => {
      const client = await openClient(winreg);
      const doing = 'could not open HKEY_LOCAL_MACHINE';
      const { key, error } = await client.call(
        procedures.openLocalMachine,
        { serverName: undefined, access: accessIn({}) },
        doing,
      );
      this.check(error, doing);
      return { client, key };
    });
  }

  async open(): Promise<void> {
    await this.root();
  }

  async createKey(
    path: string,
    options: CreateKeyOptions = {},
  ): Promise<{ key: RegistryKey; disposition: 'created' | 'opened' }> {
    const doing = 'could not create the registry key';
    const { client, key } = await this.root();
    const answer = await client.call(
      procedures.createKey,
      {
        key,
        path,
        class: undefined,
        options: options.volatile === true ? volatileOption : 0,
        access: accessIn(options),
        security: options.securityDescriptor && securityOf(options.securityDescriptor),
        disposition: 0,
      },
      doing,
    );
    this.check(answer.error, doing);
    const disposition = answer.disposition === createdNewKey ? 'created' : 'opened';
    return { key: new RpcRegistryKey(client, answer.key, this.host), disposition };
  }

  async openKey(path: string, options: ViewOptions = {}): Promise<RegistryKey | undefined> {
    const doing = 'could not open the registry key';
    const { client, key } = await this.root();
    const answer = await client.call(
      procedures.openKey,
      { key, path, options: 0, access: accessIn(options) },
      doing,
    );
    if (answer.error === fileNotFound) return undefined;
    this.check(answer.error, doing);
    return new RpcRegistryKey(client, answer.key, this.host);
  }

  async deleteKey(path: string, { view = '64' }: ViewOptions = {}): Promise<boolean> {
    const doing = 'could not delete the registry key';
    const { client, key } = await this.root();
    const { error } = await (view === '64'
      ? client.call(procedures.deleteKey, { key, path }, doing)
      : deleteIn32BitView(client, key, path, doing));
    if (error === fileNotFound) return false;
    this.check(error, doing);
    return true;
  }

  async deleteTree(path: string, options: ViewOptions = {}): Promise<boolean> {
    return this.deleteBelow(path, options, 0);
  }

  private async deleteBelow(path: string, options: ViewOptions, depth: number): Promise<boolean> {
    if (depth > depthMax)
      throw new RemoteError('protocol', 'limitExceeded', 'registry keys nested too deeply', {
        host: this.host,
      });
    const key = await this.openKey(path, options);
    if (key === undefined) return false;
    const names = await key.subkeys();
    await key.close();
    for (const name of names) await this.deleteBelow(`${path}\\${name}`, options, depth + 1);
    return this.deleteKey(path, options);
  }

  private check(code: number, doing: string): void {
    if (code !== success) throw win32Error(code, doing, { host: this.host });
  }
}

/**
 * BaseRegDeleteKey knows only the view of the handle that it is given, [MS-RRP] 3.1.5.8; BaseRegDeleteKeyEx is told. A
 * server without it, such as Samba, has one view only.
 */
async function deleteIn32BitView(
  client: RpcClient,
  key: Buffer,
  path: string,
  doing: string,
): Promise<{ error: number }> {
  try {
    const input = { key, path, access: viewFlags['32'], reserved: 0 };
    return await client.call(procedures.deleteKeyIn, input, doing);
  } catch (error) {
    if (!(error instanceof RemoteError) || error.reason !== 'unsupported') throw error;
    return client.call(procedures.deleteKey, { key, path }, doing);
  }
}

const securityOf = (descriptor: Buffer) => ({
  lengthBytes: securityAttributesBytes,
  descriptor: sizedDescriptor(descriptor),
  isInherited: 0,
});
