export { readRunner } from './adapters/runner-file.adapter';
export { dispatchTo, type Dispatched } from './dispatch-to';
export { DispatcherModule } from './module';
export type { Placement } from './place-attempt';
export type { DispatcherPorts, RunnerFile } from './ports';
export { startOnTarget } from './start-on-target';
