export { checkTarget } from './check-target';
export { tcpDoors } from './adapters/doors.adapter';
export { RequirementsCheckerModule } from './module';
export type { CheckerPorts, DoorState } from './ports';
