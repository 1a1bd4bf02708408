/** The server service, [MS-SRVS] 3.1.4. Server names are null: the computer knows its own. */
import { dword, struct, unique, wstring } from '../rpc/ndr';
import { procedure, rpcInterface } from '../rpc/procedure';
import { leveled } from './enumeration';

const serverName = unique(wstring);

/** SERVER_INFO_101, [MS-SRVS] 2.2.4.41. */
const serverInfo = struct({
  platform: dword,
  name: unique(wstring),
  majorVersion: dword,
  minorVersion: dword,
  type: dword,
  comment: unique(wstring),
});

/** SHARE_INFO_2, [MS-SRVS] 2.2.4.24. */
const shareInfo = struct({
  name: unique(wstring),
  type: dword,
  remark: unique(wstring),
  permissions: dword,
  usesMax: dword,
  uses: dword,
  path: unique(wstring),
  password: unique(wstring),
});

/** SESSION_INFO_1, [MS-SRVS] 2.2.4.13. */
const sessionInfo = struct({
  client: unique(wstring),
  user: unique(wstring),
  openFileCount: dword,
  activeSeconds: dword,
  idleSeconds: dword,
  userFlags: dword,
});

/** TIME_OF_DAY_INFO, [MS-SRVS] 2.2.4.105. */
const timeOfDay = struct({
  elapsedSeconds: dword,
  upMs: dword,
  hour: dword,
  minute: dword,
  second: dword,
  hundredth: dword,
  minutesWestOfUtc: dword,
  tickInterval: dword,
  day: dword,
  month: dword,
  year: dword,
  weekday: dword,
});

/** What each enumeration asks for. */
export const levels = { server: 101, shares: 2, sessions: 1 } as const;

export const srvsvc = rpcInterface({
  uuid: '4b324fc8-1670-01d3-1278-5a47bf6ee188',
  major: 3,
  minor: 0,
  pipeName: 'srvsvc',
  procedures: {
    /** NetrSessionEnum, [MS-SRVS] 3.1.4.5. */
    enumerateSessions: procedure(
      12,
      {
        serverName,
        client: unique(wstring),
        user: unique(wstring),
        info: leveled(sessionInfo),
        preferredBytes: dword,
        resumeHandle: unique(dword),
      },
      { info: leveled(sessionInfo), total: dword, resumeHandle: unique(dword), error: dword },
    ),
    /** NetrShareEnum, [MS-SRVS] 3.1.4.8. */
    enumerateShares: procedure(
      15,
      { serverName, info: leveled(shareInfo), preferredBytes: dword, resumeHandle: unique(dword) },
      { info: leveled(shareInfo), total: dword, resumeHandle: unique(dword), error: dword },
    ),
    /** NetrServerGetInfo, [MS-SRVS] 3.1.4.17. */
    serverInfo: procedure(
      21,
      { serverName, level: dword },
      { discriminant: dword, info: unique(serverInfo), error: dword },
    ),
    /** NetrRemoteTOD, [MS-SRVS] 3.1.4.21. */
    timeOfDay: procedure(28, { serverName }, { time: unique(timeOfDay), error: dword }),
  },
});
