export { collectTarget } from './collect-target';
export { JournalPlaces } from './journal-places';
export { ResultCollectorModule } from './module';
export type { CollectorPorts } from './ports';
