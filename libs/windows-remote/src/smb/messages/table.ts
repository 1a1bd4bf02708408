/** Which body belongs to which command, for both directions. */
import type { Codec } from '../../wire/codec';
import type { CommandName } from './header';
import {
  CloseRequest,
  CloseResponse,
  CreateRequest,
  CreateResponse,
  FlushRequest,
  IoctlRequest,
  IoctlResponse,
  ReadRequest,
  ReadResponse,
  WriteRequest,
  WriteResponse,
} from './file';
import {
  QueryDirectoryRequest,
  QueryInfoRequest,
  QueryResponse,
  SetInfoRequest,
  SetInfoResponse,
} from './information';
import { NegotiateRequest, NegotiateResponse } from './negotiate';
import {
  EmptyBody,
  SessionSetupRequest,
  SessionSetupResponse,
  TreeConnectRequest,
  TreeConnectResponse,
} from './session';

/** Commands spoken here; CANCEL, which is never answered, is left out. */
export const smbMessages = {
  negotiate: { request: NegotiateRequest, response: NegotiateResponse },
  sessionSetup: { request: SessionSetupRequest, response: SessionSetupResponse },
  logoff: { request: EmptyBody, response: EmptyBody },
  treeConnect: { request: TreeConnectRequest, response: TreeConnectResponse },
  treeDisconnect: { request: EmptyBody, response: EmptyBody },
  create: { request: CreateRequest, response: CreateResponse },
  close: { request: CloseRequest, response: CloseResponse },
  flush: { request: FlushRequest, response: EmptyBody },
  read: { request: ReadRequest, response: ReadResponse },
  write: { request: WriteRequest, response: WriteResponse },
  ioctl: { request: IoctlRequest, response: IoctlResponse },
  echo: { request: EmptyBody, response: EmptyBody },
  queryDirectory: { request: QueryDirectoryRequest, response: QueryResponse },
  queryInfo: { request: QueryInfoRequest, response: QueryResponse },
  setInfo: { request: SetInfoRequest, response: SetInfoResponse },
} satisfies Partial<Record<CommandName, { request: Codec<unknown>; response: Codec<unknown> }>>;

export type SpokenCommand = keyof typeof smbMessages;
type ValueOf<C> = C extends Codec<infer T> ? T : never;
export type RequestOf<C extends SpokenCommand> = ValueOf<(typeof smbMessages)[C]['request']>;
export type ResponseOf<C extends SpokenCommand> = ValueOf<(typeof smbMessages)[C]['response']>;
