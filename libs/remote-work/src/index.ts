export type {
  Clock,
  Credentials,
  CredentialVersion,
  FactReport,
  Grant,
  JobEnd,
  Ledger,
  Log,
  LogonResult,
  NameAnswer,
  Names,
  ProgressReport,
  RemoteHosts,
  TargetReference,
  WorkPorts,
} from './ports';
export { RemoteWorkError, type RemoteWorkErrorKind } from './remote-work-error';
export {
  beginWord,
  belongsToTarget,
  cancelValue,
  droverFolder,
  droverKey,
  namesOfAttempt,
  planValue,
  runnerFileName,
  taskFolder,
  type AttemptNames,
} from './computer/names';
export { folderDescriptor, keyDescriptor } from './computer/administrators-only';
export { openRegistry } from './computer/open-registry';
export { failureOf, verdictOf, type Failure } from './contact/failures';
export { flightGuard, operationDeadlineMs, pauseMaxMs, type FlightGuard } from './contact/flight-guard';
export { addressOf, connectTimeoutMs, openContact, type Contact } from './contact/open-contact';
export { together } from './contact/together';
export { settleAttempt, type Settled } from './attempt/settle-attempt';
export { busCredentials } from './adapters/bus-credentials.adapter';
export { busLedger } from './adapters/bus-ledger.adapter';
export { systemNames } from './adapters/system-names.adapter';
export { endJob, inTargetSpan, systemClock, workerLockMs, workPorts } from './adapters/work-ports.adapter';
