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
  RegistryView,
  RemoteRegistry,
  ViewOptions,
} from './services/remote-registry';
export type {
  ListedService,
  RemoteServices,
  ServiceStartType,
  ServiceState,
} from './services/remote-services';
export type { RemoteShutdown, ShutdownOptions } from './services/remote-shutdown';
export type {
  LoggedOnUser,
  RemoteSessions,
  RemoteShare,
  RemoteSystem,
  SmbConnectionInfo,
  SystemIdentity,
  TimeOfDay,
} from './services/remote-system';
export type { RpcOptions } from './host/open-rpc';
export type { RegisterOptions, RemoteTasks, TaskState, TaskStatus } from './services/remote-tasks';
