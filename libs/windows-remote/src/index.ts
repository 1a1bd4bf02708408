export { WindowsCredential } from './auth/credential';
export { WindowsHost } from './host/windows-host';
export type { ConnectOptions, HostAddress, HostInfo, HostTraffic } from './host/windows-host';
export { isRetryable, RemoteError } from './status/remote-error';
export type { RemoteErrorDetails, RemoteErrorKind, RemoteErrorReason } from './status/remote-error';
export type { RemoteDirectoryEntry, RemoteFiles, RemoteFileStatus } from './smb/remote-files';
export type {
  CreateKeyOptions,
  NamedRegistryValue,
  RegistryKey,
  RegistryValue,
  RemoteRegistry,
} from './services/remote-registry';
export type { RemoteServices, ServiceStartType, ServiceState } from './services/remote-services';
export type { RemoteTasks, TaskState, TaskStatus } from './services/remote-tasks';
