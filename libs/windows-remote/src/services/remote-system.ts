export interface SystemIdentity {
  computerName: string;
  /** The domain that the computer belongs to, or the workgroup: the interface does not tell which. */
  domainOrWorkgroup: string;
  /** 10.0 for Windows 10, 11 and Server 2016 to 2025. */
  version: string;
  isDomainController: boolean;
  isServer: boolean;
  comment: string;
}

export interface TimeOfDay {
  /** To the second. */
  at: Date;
  /** East is positive; `undefined` when the computer does not say. */
  utcOffsetMinutes: number | undefined;
  /** Since its start; wraps after 49 days. */
  upMs: number;
}

export interface RemoteShare {
  name: string;
  kind: 'disk' | 'printer' | 'device' | 'pipe' | 'other';
  /** Administrative, such as C$. */
  isSpecial: boolean;
  remark: string;
  /** On the computer: `C:\Windows`. */
  path: string;
}

/** Facts about the computer from its server and workstation services. */
export interface RemoteSystem {
  identity(): Promise<SystemIdentity>;
  timeOfDay(): Promise<TimeOfDay>;
  shares(): Promise<RemoteShare[]>;
}

export interface SmbConnectionInfo {
  /** Name or address of the computer that is connected. */
  client: string;
  user: string;
  openFileCount: number;
  activeSeconds: number;
  idleSeconds: number;
  isGuest: boolean;
}

export interface LoggedOnUser {
  username: string;
  domain: string;
  logonServer: string;
}

/** Who uses the computer. Both need an administrator. */
export interface RemoteSessions {
  /** Connections to the computer's shares, this one included. */
  connections(): Promise<SmbConnectionInfo[]>;
  /** Interactive, service and batch logons; the same account may be there more than once, a computer's own ends with `$`. */
  users(): Promise<LoggedOnUser[]>;
}
