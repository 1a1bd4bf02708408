export { FakeComputer, type FakeTask, type JournalContent } from './fake-computer/fake-computer';
export { FakeLedger, fakeTargetId } from './fake-ledger/fake-ledger';
export { FakeClock, FakeCredentials } from './fake-ledger/fake-ports';
export {
  startComputerBehindSamba,
  type ComputerBehindSamba,
  type ComputerBehindSambaOptions,
} from './simulated-host/behind-samba/computer-behind-samba';
export { whyNoSamba } from './simulated-host/behind-samba/samba-process';
export { wineExecution } from './simulated-host/behind-samba/wine-execution';
export { Ledger, readLedgerFile, type LedgerEntry, type LedgerEvent } from './simulated-host/computer/ledger';
export { type CommandScript } from './simulated-host/execution/virtual-command';
export { type FaultSettings } from './simulated-host/faults';
export {
  defaultPassword,
  defaultUsername,
  startSimulatedFleet,
  type FleetOptions,
  type SimulatedFleet,
} from './simulated-host/fleet';
export {
  startFleetProcess,
  type FleetProcess,
  type FleetProcessOptions,
} from './simulated-host/fleet-process';
export { type FleetCommand } from './simulated-host/fleet-control';
export { SimulatedHost, type SimulatedHostOptions } from './simulated-host/simulated-host';
export { fleetProgram } from './simulated-host/fleet-program';
export {
  startServers,
  type RunningServers,
  type ServerName,
  type ServerSettings,
} from './servers/start-servers';
export { throwAwayServers, type ThrowAwayServers } from './servers/throw-away';
export { endByPidFile, livingPid, writePidFile } from './servers/process-identity';
export { keepPorts, keptPorts } from './servers/kept-ports';
export { freePort } from './servers/free-port';
export { waitFor } from './servers/wait-for';
export { ServerError } from './servers/server-error';
export { whyNoWine, WineComputer, type WineResult } from './wine/wine';
export { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from './otlp-receiver';
