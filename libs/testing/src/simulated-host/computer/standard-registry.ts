import { RegistryType, type VirtualRegistry } from './virtual-registry';

export interface RegistryIdentity {
  name: string;
  productName: string;
  editionId: string;
  build: string;
}

/** Fills a new computer's registry with the keys that requirement checks and scans read. */
export function fillStandardRegistry(registry: VirtualRegistry, identity: RegistryIdentity): void {
  const text = (path: string, name: string, value: string): void =>
    registry.setValue(
      registry.create(path).node,
      name,
      RegistryType.sz,
      Buffer.from(`${value}\0`, 'utf16le'),
    );
  const number = (path: string, name: string, value: number): void => {
    const data = Buffer.alloc(4);
    data.writeUInt32LE(value);
    registry.setValue(registry.create(path).node, name, RegistryType.dword, data);
  };
  const version = 'SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion';
  text(version, 'ProductName', identity.productName);
  text(version, 'EditionID', identity.editionId);
  text(version, 'CurrentVersion', '6.3');
  text(version, 'CurrentBuild', identity.build);
  text(version, 'CurrentBuildNumber', identity.build);
  text(version, 'InstallationType', identity.productName.includes('Server') ? 'Server' : 'Client');
  text(version, 'SystemRoot', 'C:\\Windows');
  number(version, 'CurrentMajorVersionNumber', 10);
  number(version, 'CurrentMinorVersionNumber', 0);
  registry.create('SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall');
  registry.create('SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall');
  text('SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName', 'ComputerName', identity.name);
  text('SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName', 'ComputerName', identity.name);
  text('SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment', 'PROCESSOR_ARCHITECTURE', 'AMD64');
}
