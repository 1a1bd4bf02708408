/** The workstation service, [MS-WKST] 3.2.4. */
import { dword, struct, unique, wstring } from '../rpc/ndr';
import { procedure, rpcInterface } from '../rpc/procedure';
import { leveled } from './enumeration';

const serverName = unique(wstring);

/** WKSTA_INFO_100, [MS-WKST] 2.2.5.1. */
const workstationInfo = struct({
  platform: dword,
  computerName: unique(wstring),
  domainOrWorkgroup: unique(wstring),
  majorVersion: dword,
  minorVersion: dword,
});

/** WKSTA_USER_INFO_1, [MS-WKST] 2.2.5.10. */
const userInfo = struct({
  username: unique(wstring),
  logonDomain: unique(wstring),
  otherDomains: unique(wstring),
  logonServer: unique(wstring),
});

export const levels = { workstation: 100, users: 1 } as const;

export const wkssvc = rpcInterface({
  uuid: '6bffd098-a112-3610-9833-46c3f87e345a',
  major: 1,
  minor: 0,
  pipeName: 'wkssvc',
  procedures: {
    /** NetrWkstaGetInfo, [MS-WKST] 3.2.4.1. */
    workstationInfo: procedure(
      0,
      { serverName, level: dword },
      { discriminant: dword, info: unique(workstationInfo), error: dword },
    ),
    /** NetrWkstaUserEnum, [MS-WKST] 3.2.4.3. */
    enumerateUsers: procedure(
      2,
      { serverName, info: leveled(userInfo), preferredBytes: dword, resumeHandle: unique(dword) },
      { info: leveled(userInfo), total: dword, resumeHandle: unique(dword), error: dword },
    ),
  },
});
