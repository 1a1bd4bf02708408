/** IOCTL, [MS-SMB2] 3.3.5.15: pipe transactions and the check against a negotiation that somebody has changed. */
import {
  capabilities,
  controlCodes,
  decodeBody,
  IoctlRequest,
  IoctlResponse,
  securityModes,
} from '@drover/windows-remote/protocol';
import { HostRefusal, NtStatus } from '../refusal';
import { checkTransfer } from './file-requests';
import { reply, type Reply } from './reply';
import { openOf, type RequestContext } from './requests';

export function control(context: RequestContext): Reply {
  const request = decodeBody(context.request.message, IoctlRequest);
  switch (request.controlCode) {
    case controlCodes.pipeTransceive:
      return transceive(context, request);
    case controlCodes.validateNegotiateInfo:
      return validateNegotiation(context, request);
    case controlCodes.dfsGetReferrals:
      throw new HostRefusal('ntstatus', NtStatus.notSupported, 'no DFS here');
    default:
      throw new HostRefusal(
        'ntstatus',
        NtStatus.invalidDeviceRequest,
        `control ${request.controlCode.toString(16)}`,
      );
  }
}

type Ioctl = ReturnType<(typeof IoctlRequest)['decode']>;

function transceive(context: RequestContext, request: Ioctl): Reply {
  checkTransfer(context, Math.max(request.input.length, request.maxOutputResponseBytes));
  const { pipe, fileId } = openOf(context, request.fileId);
  if (pipe === undefined) throw new HostRefusal('ntstatus', NtStatus.invalidDeviceRequest, 'not a pipe');
  pipe.write(request.input);
  const answer = (): Reply => {
    const found = pipe.read(request.maxOutputResponseBytes);
    const status = found?.more === true ? NtStatus.bufferOverflow : NtStatus.success;
    return controlReply(request, fileId, found?.data ?? Buffer.alloc(0), status);
  };
  if (!context.request.isLast) return answer();
  if (pipe.availableBytes === 0)
    return {
      ...controlReply(request, fileId, Buffer.alloc(0), NtStatus.success),
      later: (finish) => pipe.whenReadable(() => finish(answer())),
    };
  return context.connection.host.sendsInterimResponses
    ? {
        ...controlReply(request, fileId, Buffer.alloc(0), NtStatus.success),
        later: (finish) => finish(answer()),
      }
    : answer();
}

/** FSCTL_VALIDATE_NEGOTIATE_INFO, [MS-SMB2] 3.3.5.15.12: on a difference the connection ends without an answer. */
function validateNegotiation({ connection }: RequestContext, request: Ioctl): Reply {
  const { negotiated, host } = connection;
  const { input } = request;
  if (negotiated === undefined || input.length < 24)
    throw new HostRefusal('ntstatus', NtStatus.invalidParameter, 'VALIDATE_NEGOTIATE_INFO');
  const dialects = Array.from({ length: input.readUInt16LE(22) }, (_, index) =>
    input.readUInt16LE(24 + index * 2),
  );
  const isSame =
    input.readUInt32LE(0) === negotiated.clientCapabilities &&
    input.readUInt16LE(20) === negotiated.clientSecurityMode &&
    dialects.join() === negotiated.clientDialects.join();
  if (!isSame) {
    host.ledger.record({
      event: 'requestRefused',
      connection: connection.id,
      reason: 'VALIDATE_NEGOTIATE_INFO differs',
    });
    connection.destroy();
  }
  const output = Buffer.alloc(24);
  output.writeUInt32LE(negotiated.serverCapabilities || capabilities.largeMtu, 0);
  guidBytes(host.guid).copy(output, 4);
  output.writeUInt16LE(securityModes.signingEnabled | securityModes.signingRequired, 20);
  output.writeUInt16LE(negotiated.dialect, 22);
  return controlReply(request, request.fileId, output, NtStatus.success);
}

const controlReply = (request: Ioctl, fileId: Buffer, output: Buffer, status: number): Reply =>
  reply(IoctlResponse, controlValue(request.controlCode, fileId, output), { status, fileId });

const controlValue = (controlCode: number, fileId: Buffer, output: Buffer) => ({
  controlCode,
  fileId,
  input: Buffer.alloc(0),
  output,
  flags: 0,
});

function guidBytes(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
