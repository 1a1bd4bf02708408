import type { WorkPorts } from '@drover/remote-work';

/** The executable that is put on computers. */
export interface RunnerFile {
  data: Buffer;
  /** Lower-case hex. */
  sha256: string;
}

export interface DispatcherPorts extends WorkPorts {
  runner: RunnerFile;
}
