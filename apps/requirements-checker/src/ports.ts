import type { WorkPorts } from '@drover/remote-work';
import type { HostAddress } from '@drover/windows-remote';

/** How a TCP port answers a SYN. */
export type DoorState = 'open' | 'connectionRefused' | 'timeout' | 'noRoute';

export interface CheckerPorts extends WorkPorts {
  /** Knocks once, without a word of SMB, so that no logon is spent on a computer that is off. */
  doors: { knock(address: HostAddress, signal: AbortSignal): Promise<DoorState> };
}
