/**
 * Below 3.1.1 no hash protects NEGOTIATE, so what was said there is said again under signature or encryption,
 * FSCTL_VALIDATE_NEGOTIATE_INFO, [MS-SMB2] 3.2.5.5 and 3.2.5.14.12. The session is nobody's until the answers agree.
 */
import { ntstatus } from '../status/ntstatus';
import { RemoteError } from '../status/remote-error';
import { controlCodes, ioctlFlagIsFsctl } from './messages/file';
import { dialects, ValidateNegotiateRequest, ValidateNegotiateResponse } from './messages/negotiate';
import type { Negotiated } from './negotiate';
import type { Reply, SmbTree } from './smb-tree';

const noFile = Buffer.alloc(16, 0xff);
const answerBytes = 24;

/**
 * How servers older than SMB 3 say that they do not know the control. The connection takes only answers with the
 * session's signature, so it is the server that says so; one that knows SMB 3 knows the control.
 */
const unknownControl: readonly number[] = [
  ntstatus.fileClosed,
  ntstatus.invalidDeviceRequest,
  ntstatus.notSupported,
];

/** @throws RemoteError protocol/downgrade when somebody has changed what client and server agreed on. */
export async function validateNegotiate(tree: SmbTree, { dialect, said }: Negotiated): Promise<void> {
  const { status, value } = await ask(tree, ValidateNegotiateRequest.encode(said.byClient));
  if (value === undefined) {
    if (dialect < dialects.smb300 && unknownControl.includes(status)) return;
    throw downgrade(tree, tree.error(status, 'could not validate the negotiation'));
  }
  const again = ValidateNegotiateResponse.decode(value.output);
  const { byServer } = said;
  const isSame =
    again.capabilities === byServer.capabilities &&
    again.serverGuid === byServer.serverGuid &&
    again.securityMode === byServer.securityMode &&
    again.dialect === byServer.dialect;
  if (!isSame) throw downgrade(tree);
}

/** A server that sees a difference hangs up, which is the only way in which it says so, [MS-SMB2] 3.3.5.15.12. */
async function ask(tree: SmbTree, input: Buffer): Promise<Reply<'ioctl'>> {
  const value = {
    controlCode: controlCodes.validateNegotiateInfo,
    fileId: noFile,
    input,
    maxInputResponseBytes: 0,
    output: Buffer.alloc(0),
    maxOutputResponseBytes: answerBytes,
    flags: ioctlFlagIsFsctl,
  };
  try {
    const [reply] = await tree.compound<['ioctl']>({ command: 'ioctl', value });
    return reply;
  } catch (error) {
    const isHungUp = error instanceof RemoteError && error.reason === 'connectionLost';
    throw isHungUp ? downgrade(tree, error) : error;
  }
}

const downgrade = (tree: SmbTree, cause?: unknown): RemoteError =>
  new RemoteError(
    'protocol',
    'downgrade',
    `what was negotiated with ${tree.host} was changed on its way`,
    { host: tree.host },
    cause,
  );
