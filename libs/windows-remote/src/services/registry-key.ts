/** An open key of the remote registry, [MS-RRP] 3.1.5. */
import { win32Error } from '../status/win32';
import { RemoteError } from '../status/remote-error';
import type { RpcClient } from '../rpc/rpc-client';
import { decodeValue, encodeValue } from './registry-value';
import type { NamedRegistryValue, RegistryKey, RegistryValue } from './remote-registry';
import { keySecurity, winreg } from './winreg.procedures';

const success = 0;
const fileNotFound = 2;
const moreData = 234;
const noMoreItems = 259;
const insufficientBuffer = 122;

/** SECURITY_INFORMATION, [MS-DTYP] 2.4.7. */
const securityParts = { owner: 1, group: 2, dacl: 4 } as const;
const ownerGroupAndDacl = securityParts.owner | securityParts.group | securityParts.dacl;
/** Header of a self-relative descriptor, [MS-DTYP] 2.4.6: where owner and group are found, 0 when they are not there. */
const descriptorHeader = { ownerAt: 4, groupAt: 8, sizeBytes: 20 } as const;
const descriptorBytesFirst = 4_096;

/** Asked for at first; larger values cost a second call. */
const valueBytesFirst = 8_192;
/** Windows recommends at most 2 KiB and allows about 1 MiB in practice. */
const valueBytesMax = 2 * 1_048_576;
/** A value may grow between two calls; it does not grow for ever. */
const readsMax = 4;
/** Subkeys or values of one key. */
const entriesMax = 65_536;

const { procedures } = winreg;

/** The key behind a handle. */
export class RpcRegistryKey implements RegistryKey {
  /** @param host for errors' messages */
  constructor(
    private readonly client: RpcClient,
    private readonly key: Buffer,
    private readonly host: string | undefined,
  ) {}

  async setValue(name: string, value: RegistryValue): Promise<void> {
    const doing = 'could not set the registry value';
    const { typeCode, data } = encodeValue(value);
    if (data.length > valueBytesMax)
      throw new RemoteError('protocol', 'limitExceeded', `a registry value of ${data.length} bytes`, {
        host: this.host,
      });
    const input = { key: this.key, name, type: typeCode, data, lengthBytes: data.length };
    this.check((await this.client.call(procedures.setValue, input, doing)).error, doing);
  }

  async getValue(name: string): Promise<RegistryValue | undefined> {
    const doing = 'could not read the registry value';
    let capacityBytes = valueBytesFirst;
    for (let read = 0; read < readsMax; read += 1) {
      const input = { key: this.key, name, ...emptyParts(capacityBytes) };
      const answer = await this.client.call(procedures.queryValue, input, doing);
      if (answer.error === fileNotFound) return undefined;
      if (answer.error !== moreData) {
        this.check(answer.error, doing);
        return decodeValue(answer.type ?? 0, answer.data?.data ?? Buffer.alloc(0));
      }
      capacityBytes = grown(capacityBytes, answer.capacityBytes, this.host);
    }
    throw new RemoteError('busy', 'serverBusy', 'the registry value keeps growing', { host: this.host });
  }

  async deleteValue(name: string): Promise<boolean> {
    const doing = 'could not delete the registry value';
    const { error } = await this.client.call(procedures.deleteValue, { key: this.key, name }, doing);
    if (error === fileNotFound) return false;
    this.check(error, doing);
    return true;
  }

  async subkeys(): Promise<string[]> {
    const doing = 'could not list the registry keys';
    const names: string[] = [];
    for (let index = 0; index < entriesMax; index += 1) {
      const input = {
        key: this.key,
        index,
        name: { maximumBytes: keyNameBytes, text: undefined },
        // Samba refuses a null class.
        class: { maximumBytes: keyNameBytes, text: undefined },
        lastWriteAt: undefined,
      };
      const answer = await this.client.call(procedures.enumerateKey, input, doing);
      if (answer.error === noMoreItems) return names;
      this.check(answer.error, doing);
      names.push(answer.name.text ?? '');
    }
    throw new RemoteError('protocol', 'limitExceeded', `a key with ${entriesMax} subkeys`, {
      host: this.host,
    });
  }

  async values(): Promise<NamedRegistryValue[]> {
    const doing = 'could not list the registry values';
    const found: NamedRegistryValue[] = [];
    let capacityBytes = valueBytesFirst;
    let growths = 0;
    while (found.length < entriesMax && growths < readsMax) {
      const name = { maximumBytes: valueNameBytes, text: undefined };
      const input = { key: this.key, index: found.length, name, ...emptyParts(capacityBytes) };
      const answer = await this.client.call(procedures.enumerateValue, input, doing);
      if (answer.error === noMoreItems) return found;
      if (answer.error === moreData) {
        growths += 1;
        capacityBytes = grown(capacityBytes, answer.capacityBytes, this.host);
        continue;
      }
      this.check(answer.error, doing);
      const value = decodeValue(answer.type ?? 0, answer.data?.data ?? Buffer.alloc(0));
      found.push({ name: answer.name.text ?? '', value });
      growths = 0;
    }
    throw new RemoteError('protocol', 'limitExceeded', 'the registry values do not end', { host: this.host });
  }

  /** BaseRegGetKeySecurity, [MS-RRP] 3.1.5.13. */
  async security(): Promise<Buffer> {
    const doing = 'could not read the security of the registry key';
    let capacityBytes = descriptorBytesFirst;
    for (let read = 0; read < readsMax; read += 1) {
      const descriptor = { bytes: roomFor(capacityBytes), capacityBytes, lengthBytes: 0 };
      const input = { key: this.key, information: ownerGroupAndDacl, descriptor };
      const answer = await this.client.call(keySecurity.getSecurity, input, doing);
      if (answer.error !== insufficientBuffer) {
        this.check(answer.error, doing);
        return answer.descriptor.bytes?.data ?? Buffer.alloc(0);
      }
      capacityBytes = grown(capacityBytes, answer.descriptor.capacityBytes, this.host);
    }
    throw new RemoteError('busy', 'serverBusy', 'the security of the key keeps growing', { host: this.host });
  }

  /** BaseRegSetKeySecurity, [MS-RRP] 3.1.5.21. */
  async setSecurity(descriptor: Buffer): Promise<void> {
    const doing = 'could not set the security of the registry key';
    const information = partsOf(descriptor);
    const input = { key: this.key, information, descriptor: sizedDescriptor(descriptor) };
    this.check((await this.client.call(keySecurity.setSecurity, input, doing)).error, doing);
  }

  async close(): Promise<void> {
    const doing = 'could not close the registry key';
    this.check((await this.client.call(procedures.closeKey, { key: this.key }, doing)).error, doing);
  }

  private check(code: number, doing: string): void {
    if (code !== success) throw win32Error(code, doing, { host: this.host });
  }
}

/** 255 characters and a terminator. */
const keyNameBytes = 512;
/** 16,383 characters and a terminator. */
const valueNameBytes = 32_768;

const roomFor = (capacityBytes: number) => ({ capacityBytes, data: Buffer.alloc(0) });

/** A security descriptor that is sent. */
export const sizedDescriptor = (descriptor: Buffer) => ({
  bytes: { capacityBytes: descriptor.length, data: descriptor },
  capacityBytes: descriptor.length,
  lengthBytes: descriptor.length,
});

function partsOf(descriptor: Buffer): number {
  if (descriptor.length < descriptorHeader.sizeBytes)
    throw new RemoteError('refused', 'other', 'this is not a self-relative security descriptor');
  const owner = descriptor.readUInt32LE(descriptorHeader.ownerAt) === 0 ? 0 : securityParts.owner;
  const group = descriptor.readUInt32LE(descriptorHeader.groupAt) === 0 ? 0 : securityParts.group;
  return owner | group | securityParts.dacl;
}

const emptyParts = (capacityBytes: number) => ({
  type: 0,
  data: roomFor(capacityBytes),
  capacityBytes,
  lengthBytes: 0,
});

/** What the server asks for, or much more when it does not say, as Samba for enumerations. */
function grown(capacityBytes: number, wanted: number | undefined, host: string | undefined): number {
  const isSaid = wanted !== undefined && wanted > capacityBytes;
  const next = isSaid ? wanted : Math.min(capacityBytes * 8, valueBytesMax);
  if (next > valueBytesMax || next === capacityBytes)
    throw new RemoteError(
      'protocol',
      'limitExceeded',
      `a registry value of more than ${capacityBytes} bytes`,
      { host },
    );
  return next;
}
