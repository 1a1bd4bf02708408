/** What criteria ask of a computer, answered by a simulated one: its disk, registry and services. */
import type { ComputerFacts, UninstallEntryFacts } from '@drover/domain';
import { RegistryType, type StoredValue } from '../computer/virtual-registry';
import { expandVariables, variablesOf } from './virtual-command';
import type { RunnerSurroundings } from './virtual-runner';

export function virtualFacts(around: RunnerSurroundings): ComputerFacts {
  const { disk, registry, services } = around;
  const variables = variablesOf(around.computerName);
  const text = (key: string, name: string): string => textOf(registry.value(key, name)) ?? '';
  return {
    expand: (path) => expandVariables(path, around.computerName),
    file: (path) => {
      const node = disk.stat(diskPath(path));
      if (node === undefined) return undefined;
      const { isDirectory, sizeBytes, modifiedAt } = node;
      return { isFolder: isDirectory, sizeBytes, modifiedAt, version: versionOf(node.content) };
    },
    hasKey: (key, view) => registry.find(keyPath(key, view)) !== undefined,
    value: (key, name, view) => {
      const value = registry.value(keyPath(key, view), name);
      if (value?.typeCode === RegistryType.dword && value.data.length === 4)
        return BigInt(value.data.readUInt32LE());
      if (value?.typeCode === RegistryType.qword && value.data.length === 8)
        return value.data.readBigUInt64LE();
      return textOf(value);
    },
    os: () => {
      const current = 'SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion';
      const number = (name: string): number => registry.value(current, name)?.data.readUInt32LE() ?? 0;
      return {
        major: number('CurrentMajorVersionNumber'),
        minor: number('CurrentMinorVersionNumber'),
        build: Number(text(current, 'CurrentBuildNumber')),
        bits: 64,
        isServer: text(current, 'InstallationType') === 'Server',
        edition: text(current, 'EditionID'),
      };
    },
    uninstallEntries: (view) => uninstallProducts(around, view),
    variable: (name) => variables[name.toLowerCase()],
    service: (name) => {
      const service = services.find(name);
      if (service === undefined) return undefined;
      const isChanging = service.state !== 'running' && service.state !== 'stopped';
      return {
        state: isChanging ? 'changing' : (service.state as 'running' | 'stopped'),
        isDisabled: service.startType === 'disabled',
      };
    },
  };
}

export interface VirtualProduct extends UninstallEntryFacts {
  /** The key's name: a product code for what the Windows Installer has installed. */
  code: string;
  path: string;
  isMsi: boolean;
}

export function uninstallProducts({ registry }: RunnerSurroundings, view: '64' | '32'): VirtualProduct[] {
  const parent = keyPath('HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall', view);
  return [...(registry.find(parent)?.children.values() ?? [])].map(({ name: code, path, values }) => ({
    code,
    path,
    name: textOf(values.get('displayname')) ?? '',
    publisher: textOf(values.get('publisher')) ?? '',
    version: textOf(values.get('displayversion')) ?? '',
    isMsi: values.get('windowsinstaller')?.data[0] === 1,
  }));
}

export const diskPath = (path: string): string => path.replace(/^c:\\+/i, '').replace(/\\+$/, '');

/** Below HKLM, the only root that a simulated computer has; the 32-bit view of SOFTWARE is its WOW6432Node. */
function keyPath(key: string, view: '64' | '32'): string {
  const below = /^(?:HKLM|HKEY_LOCAL_MACHINE)\\(.*)$/i.exec(key)?.[1] ?? 'no such root';
  return view === '32' ? below.replace(/^SOFTWARE(?=\\|$)/i, 'SOFTWARE\\WOW6432Node') : below;
}

function textOf(value: StoredValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  const { typeCode, data } = value;
  if (typeCode === RegistryType.sz || typeCode === RegistryType.expandSz || typeCode === RegistryType.multiSz)
    return data.toString('utf16le').replace(/\0+$/, '').replaceAll('\0', '\n');
  return data.toString('hex');
}

/** VS_FIXEDFILEINFO begins with this signature; the file's version is 8 bytes behind it. */
const fixedFileInfo = Buffer.from([0xbd, 0x04, 0xef, 0xfe]);

function versionOf(content: Buffer): string | undefined {
  const at = content.indexOf(fixedFileInfo);
  if (at < 0 || content.length < at + 16) return undefined;
  return [10, 8, 14, 12].map((offset) => content.readUInt16LE(at + offset)).join('.');
}
