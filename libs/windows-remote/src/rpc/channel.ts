/** What an RPC association runs over: a named pipe, or a TCP connection that behaves like one. */
import type { Pipe } from '../smb/pipe';
import { RemoteError } from '../status/remote-error';
import { pduBytes } from './pdu';

export interface RpcChannel extends Pipe {
  /**
   * Sends what says that a call is given up, without waiting, and closes. A pipe has no such thing: SMB gives up the
   * whole session when an answer does not come.
   */
  abandon?(farewell: Buffer): void;
}

/** The answer to the bind, when it was sent with the opening. */
export interface OpenedChannel {
  pipe: RpcChannel;
  reply: Buffer | undefined;
}

/** What one read asks for; a fragment of any server fits. */
const readBytes = 5_840;

/** Takes one PDU from the front of what has arrived, reading what is missing of it. */
export async function completePdu(
  arrived: Buffer,
  channel: RpcChannel,
): Promise<{ pdu: Buffer; rest: Buffer }> {
  let data = arrived;
  for (;;) {
    const sizeBytes = pduBytes(data);
    if (sizeBytes !== undefined && data.length >= sizeBytes)
      return { pdu: data.subarray(0, sizeBytes), rest: data.subarray(sizeBytes) };
    const more = await channel.read(readBytes);
    if (more.length === 0) throw new RemoteError('protocol', 'malformed', 'a pipe message without content');
    data = Buffer.concat([data, more]);
  }
}
