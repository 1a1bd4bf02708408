/** Remote shutdown, [MS-RSP] 3.2 and 3.3: the older interface lives on a pipe, the newer one on TCP. */
import { byte, dword, unique, word } from '../rpc/ndr';
import { procedure, rpcInterface } from '../rpc/procedure';
import { messageString } from './registry-string';

const serverName = unique(word);
const message = unique(messageString);

export const initShutdown = rpcInterface({
  uuid: '894de0c0-0d55-11d3-a322-00c04fa321a1',
  major: 1,
  minor: 0,
  pipeName: 'InitShutdown',
  procedures: {
    /** BaseAbortShutdown, [MS-RSP] 3.2.4.2. */
    abort: procedure(1, { serverName }, { error: dword }),
    /** BaseInitiateShutdownEx, [MS-RSP] 3.2.4.3. */
    initiate: procedure(
      2,
      { serverName, message, delaySeconds: dword, isForced: byte, isRestart: byte, reason: dword },
      { error: dword },
    ),
  },
});

/** Bits of dwShudownFlags, [MS-RSP] 3.3.4.1. */
export const shutdownFlags = { force: 0x1, restart: 0x4, powerOff: 0x8 } as const;

export const windowsShutdown = rpcInterface({
  uuid: 'd95afe70-a6d5-4259-822e-2c84da1ddb0d',
  major: 1,
  minor: 0,
  pipeName: 'WindowsShutdown',
  procedures: {
    /** WsdrInitiateShutdown, [MS-RSP] 3.3.4.1. */
    initiate: procedure(
      0,
      { message, delaySeconds: dword, flags: dword, reason: dword, clientHint: message },
      { error: dword },
    ),
    /** WsdrAbortShutdown, [MS-RSP] 3.3.4.2. */
    abort: procedure(1, { clientHint: message }, { error: dword }),
  },
});
