/** Facts and users of a computer over its server and workstation services, [MS-SRVS] and [MS-WKST]. */
import type { RpcClient } from '../rpc/rpc-client';
import { RemoteError } from '../status/remote-error';
import { win32Error } from '../status/win32';
import { asMuchAsThereIs, everyEntry, nothingOf } from './enumeration';
import type {
  LoggedOnUser,
  RemoteSessions,
  RemoteShare,
  RemoteSystem,
  SmbConnectionInfo,
  SystemIdentity,
  TimeOfDay,
} from './remote-system';
import type { OpenClient } from './shared-client';
import { sharedClient } from './shared-client';
import { levels as serverLevels, srvsvc } from './srvsvc.procedures';
import { levels as workstationLevels, wkssvc } from './wkssvc.procedures';

/** SV_TYPE bits, [MS-SRVS] 2.2.2.7. */
const serverTypes = { domainController: 0x8, backupDomainController: 0x10, server: 0x8000 } as const;
/** The major version's upper bits are reserved, [MS-SRVS] 2.2.4.41. */
const majorVersionMask = 0x7f;
/** STYPE, [MS-SRVS] 2.2.2.4, from 0. */
const shareKinds = ['disk', 'printer', 'device', 'pipe'] as const;
const shareKindMask = 0xff;
const specialShare = 0x8000_0000;
/** SESS_GUEST, [MS-SRVS] 2.2.2.3. */
const guestSession = 0x1;
const unknownTimeZone = 0xffff_ffff;
const success = 0;

export class RpcSystem implements RemoteSystem, RemoteSessions {
  private readonly server: () => Promise<{ client: RpcClient }>;
  private readonly workstation: () => Promise<{ client: RpcClient }>;

  constructor(
    openClient: OpenClient,
    private readonly host: string | undefined,
  ) {
    this.server = sharedClient(async () => ({ client: await openClient(srvsvc) }));
    this.workstation = sharedClient(async () => ({ client: await openClient(wkssvc) }));
  }

  /** NetrServerGetInfo, [MS-SRVS] 3.1.4.17, and NetrWkstaGetInfo, [MS-WKST] 3.2.4.1. */
  async identity(): Promise<SystemIdentity> {
    const doing = 'could not read what the computer is';
    const [{ client: serverClient }, { client: workstationClient }] = await Promise.all([
      this.server(),
      this.workstation(),
    ]);
    const [server, workstation] = await Promise.all([
      serverClient.call(
        srvsvc.procedures.serverInfo,
        { serverName: undefined, level: serverLevels.server },
        doing,
      ),
      workstationClient.call(
        wkssvc.procedures.workstationInfo,
        { serverName: undefined, level: workstationLevels.workstation },
        doing,
      ),
    ]);
    const { type, comment, majorVersion, minorVersion } = this.given(server, doing);
    const { computerName, domainOrWorkgroup } = this.given(workstation, doing);
    const controller = serverTypes.domainController | serverTypes.backupDomainController;
    return {
      computerName: computerName ?? '',
      domainOrWorkgroup: domainOrWorkgroup ?? '',
      version: `${majorVersion & majorVersionMask}.${minorVersion}`,
      isDomainController: (type & controller) !== 0,
      isServer: (type & (controller | serverTypes.server)) !== 0,
      comment: comment ?? '',
    };
  }

  /** NetrRemoteTOD, [MS-SRVS] 3.1.4.21. */
  async timeOfDay(): Promise<TimeOfDay> {
    const doing = 'could not read the time of day';
    const { client } = await this.server();
    const { time, error } = await client.call(srvsvc.procedures.timeOfDay, { serverName: undefined }, doing);
    const { elapsedSeconds, minutesWestOfUtc, upMs } = this.given({ info: time, error }, doing);
    const isKnown = minutesWestOfUtc !== unknownTimeZone;
    return {
      at: new Date(elapsedSeconds * 1_000),
      utcOffsetMinutes: isKnown ? 0 - (minutesWestOfUtc | 0) : undefined,
      upMs,
    };
  }

  /** NetrShareEnum, [MS-SRVS] 3.1.4.8. */
  async shares(): Promise<RemoteShare[]> {
    const doing = 'could not list the shares';
    const { client } = await this.server();
    const info = nothingOf(serverLevels.shares);
    const ask = (resumeHandle: number) => {
      const input = { serverName: undefined, info, preferredBytes: asMuchAsThereIs, resumeHandle };
      return client.call(srvsvc.procedures.enumerateShares, input, doing);
    };
    return (await everyEntry(ask, doing, this.host)).map((share) => ({
      name: share.name ?? '',
      kind: shareKinds[share.type & shareKindMask] ?? 'other',
      isSpecial: (share.type & specialShare) !== 0,
      remark: share.remark ?? '',
      path: share.path ?? '',
    }));
  }

  /** NetrSessionEnum, [MS-SRVS] 3.1.4.5. */
  async connections(): Promise<SmbConnectionInfo[]> {
    const doing = 'could not list who is connected';
    const { client } = await this.server();
    const question = { serverName: undefined, client: undefined, user: undefined };
    const info = nothingOf(serverLevels.sessions);
    const ask = (resumeHandle: number) => {
      const input = { ...question, info, preferredBytes: asMuchAsThereIs, resumeHandle };
      return client.call(srvsvc.procedures.enumerateSessions, input, doing);
    };
    return (await everyEntry(ask, doing, this.host)).map((session) => ({
      client: session.client ?? '',
      user: session.user ?? '',
      openFileCount: session.openFileCount,
      activeSeconds: session.activeSeconds,
      idleSeconds: session.idleSeconds,
      isGuest: (session.userFlags & guestSession) !== 0,
    }));
  }

  /** NetrWkstaUserEnum, [MS-WKST] 3.2.4.3. */
  async users(): Promise<LoggedOnUser[]> {
    const doing = 'could not list who is logged on';
    const { client } = await this.workstation();
    const info = nothingOf(workstationLevels.users);
    const ask = (resumeHandle: number) => {
      const input = { serverName: undefined, info, preferredBytes: asMuchAsThereIs, resumeHandle };
      return client.call(wkssvc.procedures.enumerateUsers, input, doing);
    };
    return (await everyEntry(ask, doing, this.host)).map((user) => ({
      username: user.username ?? '',
      domain: user.logonDomain ?? '',
      logonServer: user.logonServer ?? '',
    }));
  }

  private given<T>({ info, error }: { info: T | undefined; error: number }, doing: string): T {
    const { host } = this;
    if (error !== success) throw win32Error(error, doing, { host });
    if (info === undefined) throw new RemoteError('protocol', 'unexpectedReply', doing, { host });
    return info;
  }
}
