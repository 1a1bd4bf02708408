import { RemoteError, type RegistryKey, type RemoteRegistry } from '@drover/windows-remote';
import { keyAdministration } from './fake-administration';
import type { FakeComputer } from './fake-computer';

/** HKEY_LOCAL_MACHINE of a fake computer; its pipe exists only while the Remote Registry service runs. */
export function fakeRegistry(
  computer: FakeComputer,
  arrives: (operation: string) => Promise<void>,
): RemoteRegistry {
  const open = async (): Promise<void> => {
    await arrives('registry.open');
    if (computer.services.get('RemoteRegistry')?.state !== 'running')
      throw new RemoteError('refused', 'notFound', 'could not open the pipe winreg');
  };
  const below = (path: string): string[] =>
    [...computer.keys.keys()].filter((key) => key.startsWith(`${path.toLowerCase()}\\`));
  return {
    open,
    async createKey(path) {
      await arrives(`registry.createKey ${path}`);
      const isThere = computer.keys.has(path.toLowerCase());
      if (!isThere) computer.keys.set(path.toLowerCase(), new Map());
      return { key: fakeKey(computer, arrives, path), disposition: isThere ? 'opened' : 'created' };
    },
    async openKey(path) {
      await arrives(`registry.openKey ${path}`);
      const isThere = computer.keys.has(path.toLowerCase()) || below(path).length > 0;
      return isThere ? fakeKey(computer, arrives, path) : undefined;
    },
    async deleteKey(path) {
      await arrives(`registry.deleteKey ${path}`);
      return computer.keys.delete(path.toLowerCase());
    },
    async deleteTree(path) {
      await arrives(`registry.deleteTree ${path}`);
      for (const key of below(path)) computer.keys.delete(key);
      return computer.keys.delete(path.toLowerCase());
    },
  };
}

function fakeKey(
  computer: FakeComputer,
  arrives: (operation: string) => Promise<void>,
  path: string,
): RegistryKey {
  const values = () => {
    const found = computer.keys.get(path.toLowerCase());
    if (!found) throw new RemoteError('refused', 'notFound', `the key ${path} was deleted`);
    return found;
  };
  return {
    async setValue(name, value) {
      await arrives(`registry.setValue ${path} ${name}`);
      values().set(name, value);
    },
    async getValue(name) {
      await arrives(`registry.getValue ${path} ${name}`);
      return values().get(name);
    },
    async deleteValue(name) {
      await arrives(`registry.deleteValue ${path} ${name}`);
      return values().delete(name);
    },
    async subkeys() {
      await arrives(`registry.subkeys ${path}`);
      const prefix = `${path.toLowerCase()}\\`;
      const names = [...computer.keys.keys()].filter((k) => k.startsWith(prefix));
      return [...new Set(names.map((k) => k.slice(prefix.length).split('\\')[0] ?? ''))];
    },
    async values() {
      await arrives(`registry.values ${path}`);
      return [...values()].map(([name, value]) => ({ name, value }));
    },
    ...keyAdministration,
    async close() {
      await Promise.resolve();
    },
  };
}
