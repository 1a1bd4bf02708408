/** Restart and shutdown, [MS-RSP]: over `\pipe\InitShutdown`, and where that is closed over WindowsShutdown on TCP. */
import type { RpcClient } from '../rpc/rpc-client';
import { RemoteError } from '../status/remote-error';
import { win32Error } from '../status/win32';
import type { RemoteShutdown, ShutdownOptions } from './remote-shutdown';
import { initShutdown, shutdownFlags, windowsShutdown } from './rsp.procedures';
import type { OpenClient } from './shared-client';
import { sharedClient } from './shared-client';

/** SHTDN_REASON_FLAG_PLANNED, with major and minor reason "other". */
const plannedOther = 0x8000_0000;
const success = 0;
const shutdownInProgress = 1115;
const noShutdownInProgress = 1116;
const shutdownIsScheduled = 1190;

interface Opened {
  client: RpcClient;
  isNewer: boolean;
}

export class RpcShutdown implements RemoteShutdown {
  private readonly opened: () => Promise<Opened>;

  constructor(
    doors: { overPipe: OpenClient; overTcp: OpenClient },
    private readonly host: string | undefined,
  ) {
    this.opened = sharedClient(() => open(doors));
  }

  /** BaseInitiateShutdownEx, [MS-RSP] 3.2.4.3, or WsdrInitiateShutdown, [MS-RSP] 3.3.4.1. */
  async start(options: ShutdownOptions): Promise<'started' | 'alreadyPending'> {
    const doing = `could not start the ${options.action === 'restart' ? 'restart' : 'shutdown'}`;
    const opened = await this.opened();
    const { error } = await (opened.isNewer ? newerStart : olderStart)(opened.client, options, doing);
    if (error === shutdownInProgress || error === shutdownIsScheduled) return 'alreadyPending';
    this.check(error, doing);
    return 'started';
  }

  /** BaseAbortShutdown, [MS-RSP] 3.2.4.2, or WsdrAbortShutdown, [MS-RSP] 3.3.4.2. */
  async abort(): Promise<boolean> {
    const doing = 'could not abort the shutdown';
    const { client, isNewer } = await this.opened();
    const { error } = await (isNewer
      ? client.call(windowsShutdown.procedures.abort, { clientHint: undefined }, doing)
      : client.call(initShutdown.procedures.abort, { serverName: undefined }, doing));
    if (error === noShutdownInProgress) return false;
    this.check(error, doing);
    return true;
  }

  private check(code: number, doing: string): void {
    if (code !== success) throw win32Error(code, doing, { host: this.host });
  }
}

async function open({ overPipe, overTcp }: ConstructorParameters<typeof RpcShutdown>[0]): Promise<Opened> {
  try {
    return { client: await overPipe(initShutdown), isNewer: false };
  } catch (error) {
    if (!(error instanceof RemoteError) || error.kind !== 'refused') throw error;
    try {
      return { client: await overTcp(windowsShutdown), isNewer: true };
    } catch {
      // That the port leads nowhere either is no better explanation than that the pipe is closed.
      throw error;
    }
  }
}

type Start = (client: RpcClient, options: ShutdownOptions, doing: string) => Promise<{ error: number }>;

const olderStart: Start = (client, { action, delaySeconds, message, force, reasonCode }, doing) =>
  client.call(
    initShutdown.procedures.initiate,
    {
      serverName: undefined,
      message,
      delaySeconds,
      isForced: force === true ? 1 : 0,
      isRestart: action === 'restart' ? 1 : 0,
      reason: reasonCode ?? plannedOther,
    },
    doing,
  );

const newerStart: Start = (client, { action, delaySeconds, message, force, reasonCode }, doing) =>
  client.call(
    windowsShutdown.procedures.initiate,
    {
      message,
      delaySeconds,
      flags: shutdownFlags[action] | (force === true ? shutdownFlags.force : 0),
      reason: reasonCode ?? plannedOther,
      clientHint: undefined,
    },
    doing,
  );
