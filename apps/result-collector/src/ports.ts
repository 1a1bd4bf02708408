import type { WorkPorts } from '@drover/remote-work';
import type { JournalPlaces } from './journal-places';

export interface CollectorPorts extends WorkPorts {
  /** Where reading each journal went on; losing it costs one longer read. */
  places: JournalPlaces;
}
