/** Every command behind a logon, and who handles it. */
import {
  commands,
  decodeBody,
  headerFlags,
  TreeConnectRequest,
  TreeConnectResponse,
  shareTypes,
  relatedFileId,
  type Header,
} from '@drover/windows-remote/protocol';
import { HostRefusal, NtStatus } from '../refusal';
import type { SmbServerConnection } from './connection';
import { closeFile, createFile, flushFile, readFile, writeFile } from './file-requests';
import { queryDirectory } from './directory-requests';
import { queryInfo, setInfo } from './information-requests';
import { control } from './control-requests';
import { emptyReply, reply, type Reply } from './reply';
import type { Open, Session, Tree } from './session';

export interface Request {
  /** With the ids of the request before it filled in when it is related. */
  header: Header;
  message: Buffer;
  relatedFileId: Buffer | undefined;
  isLast: boolean;
}

/** What a handler of a request on a tree is given. */
export interface RequestContext {
  connection: SmbServerConnection;
  session: Session;
  tree: Tree;
  request: Request;
}

type Handler = (context: RequestContext) => Reply;

const handlers: Record<number, Handler> = {
  [commands.create]: createFile,
  [commands.close]: closeFile,
  [commands.flush]: flushFile,
  [commands.read]: readFile,
  [commands.write]: writeFile,
  [commands.ioctl]: control,
  [commands.queryDirectory]: queryDirectory,
  [commands.queryInfo]: queryInfo,
  [commands.setInfo]: setInfo,
};

/** @throws HostRefusal with the NTSTATUS to answer. */
export function handleRequest(connection: SmbServerConnection, session: Session, request: Request): Reply {
  const { header } = request;
  switch (header.command) {
    case commands.echo:
      return emptyReply();
    case commands.logoff:
      connection.endSession(session, 'logoff');
      return emptyReply();
    case commands.treeConnect:
      return treeConnect(connection, session, request);
    default:
      break;
  }
  const tree = session.trees.get(header.treeId);
  if (tree === undefined) throw new HostRefusal('ntstatus', NtStatus.networkNameDeleted, 'no such tree');
  if (header.command === commands.treeDisconnect) {
    session.closeTree(tree);
    return emptyReply();
  }
  const handler = handlers[header.command];
  if (handler === undefined)
    throw new HostRefusal('ntstatus', NtStatus.notSupported, `command ${header.command}`);
  return handler({ connection, session, tree, request });
}

/** The open that a request names, or that it takes over from the request before it. */
export function openOf({ session, request }: RequestContext, fileId: Buffer): Open {
  const isInherited = (request.header.flags & headerFlags.related) !== 0 && fileId.equals(relatedFileId);
  const open = session.find(isInherited ? (request.relatedFileId ?? fileId) : fileId);
  if (open === undefined) throw new HostRefusal('ntstatus', NtStatus.fileClosed, 'no such open');
  return open;
}

const administrativeShares: Record<string, string> = { c$: '', admin$: 'Windows' };

function treeConnect(connection: SmbServerConnection, session: Session, request: Request): Reply {
  const { path } = decodeBody(request.message, TreeConnectRequest);
  const { host } = connection;
  const share = path.slice(path.lastIndexOf('\\') + 1);
  try {
    const tree = treeFor(connection, session, share);
    host.ledger.record({ event: 'treeConnected', connection: connection.id, share });
    const shareType = tree.kind === 'pipe' ? shareTypes.pipe : shareTypes.disk;
    return reply(
      TreeConnectResponse,
      { shareType, shareFlags: 0, capabilities: 0, maximalAccess: 0x1f01ff },
      { treeId: tree.id },
    );
  } catch (error) {
    if (error instanceof HostRefusal) {
      host.ledger.record({ event: 'treeRefused', connection: connection.id, share, status: error.code });
    }
    throw error;
  }
}

function treeFor(connection: SmbServerConnection, session: Session, share: string): Tree {
  if (session.trees.size >= treesMax)
    throw new HostRefusal('ntstatus', NtStatus.insufficientResources, 'too many trees');
  if (share.toLowerCase() === 'ipc$') return session.connect({ share, kind: 'pipe', root: '' });
  const root = administrativeShares[share.toLowerCase()];
  if (root === undefined) throw new HostRefusal('ntstatus', NtStatus.badNetworkName, share);
  const { filteredToken, noAdministrativeRight } = connection.host.faults.current;
  if (filteredToken || noAdministrativeRight || session.logon?.account.isAdministrator !== true) {
    throw new HostRefusal('ntstatus', NtStatus.accessDenied, share);
  }
  return session.connect({ share, kind: 'disk', root });
}

const treesMax = 64;
