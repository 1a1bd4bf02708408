/**
 * Making a security context and agreeing on an interface, [MS-RPCE] 3.3.1.5.2. A mechanism that is done with its token
 * sends it in AUTH3, which nobody answers; one that waits for a verdict (SPNEGO) sends it in ALTER_CONTEXT.
 */
import type { Mechanism } from '../auth/mechanism';
import { RemoteError } from '../status/remote-error';
import type { OpenedChannel, RpcChannel } from './channel';
import { completePdu } from './channel';
import { bindRejected, faultError } from './fault';
import type { Pdu } from './pdu';
import {
  Auth3Body,
  authLevels,
  BindAckBody,
  BindBody,
  BindNakBody,
  decodePdu,
  encodePdu,
  FaultBody,
  ndr32,
  pduFlags,
  pduTypes,
} from './pdu';
import type { RpcInterface } from './procedure';

/** What Windows proposes; servers answer with 4,280 on pipes. */
const proposedFragmentBytes = 5_840;
/** [C706] 12.6.2: no implementation may ask for smaller ones. */
const fragmentBytesMin = 1_432;
/** Tokens that a mechanism may exchange before it must be done; NTLM needs one, SPNEGO two. */
const legsMax = 6;
const authContextId = 0;
/** Of the bind, and of everything that continues it. */
const bindCallId = 1;

export type RpcLevel = 'integrity' | 'privacy';

export interface BindOptions {
  mechanism?: Mechanism | undefined;
  /** Protection of the calls, default `privacy`. */
  level?: RpcLevel | undefined;
  host?: string | undefined;
}

/** What the two sides have agreed upon. */
export interface Binding {
  fragmentBytes: number;
  /** Both sides support that the signature covers the header, [MS-RPCE] 2.2.2.3. */
  signsHeader: boolean;
  /** AUTH3, which travels in front of the first call. */
  pending: Buffer | undefined;
}

/** How calls are protected once the binding stands. */
export const securityOf = (mechanism: Mechanism, level: RpcLevel = 'privacy') => ({
  mechanism,
  authContextId,
  authLevel: authLevels[level],
});

/** Opens the channel with the bind and goes on until the context stands or only AUTH3 is left. */
export async function openBound(
  target: RpcInterface,
  open: (bind: Buffer) => Promise<OpenedChannel>,
  options: BindOptions,
): Promise<{ channel: RpcChannel; binding: Binding }> {
  const first = options.mechanism?.step(undefined);
  const { pipe: channel, reply } = await open(contextMessage(pduTypes.bind, target, options, first));
  try {
    if (reply === undefined) throw brokenAnswer('the bind was not answered', options.host);
    const { pdu } = await completePdu(reply, channel);
    const answer = readAnswer(decodePdu(pdu), pduTypes.bindAck, target, options);
    const pending = await finish(channel, target, options, answer.token);
    return { channel, binding: { ...answer, pending } };
  } catch (error) {
    // The error is what counts; that the channel is closed as well is only tidiness.
    void Promise.allSettled([channel.close()]);
    throw error;
  }
}

async function finish(
  channel: RpcChannel,
  target: RpcInterface,
  options: BindOptions,
  proof: Buffer | undefined,
): Promise<Buffer | undefined> {
  const { mechanism, host } = options;
  if (mechanism === undefined) return undefined;
  let incoming = proof;
  for (let leg = 0; leg < legsMax && incoming !== undefined; leg += 1) {
    const token = mechanism.step(incoming);
    if (token === undefined) break;
    if (mechanism.done) return auth3(options, token);
    const reply = await channel.transact(contextMessage(pduTypes.alterContext, target, options, token));
    const { pdu } = await completePdu(reply, channel);
    incoming = readAnswer(decodePdu(pdu), pduTypes.alterContextResponse, target, options).token;
  }
  if (!mechanism.done)
    throw new RemoteError('protocol', 'downgrade', 'the bind ended before the authentication', { host });
  return undefined;
}

/** bind or alter_context: both propose the interface, [C706] 12.6.4.3. */
function contextMessage(
  type: number,
  target: RpcInterface,
  options: BindOptions,
  token: Buffer | undefined,
): Buffer {
  const body = BindBody.encode({
    maxTransmitBytes: proposedFragmentBytes,
    maxReceiveBytes: proposedFragmentBytes,
    associationGroup: 0,
    contexts: [
      {
        id: 0,
        abstractSyntax: { uuid: target.uuid, version: target.major + target.minor * 0x1_0000 },
        transferSyntaxes: [ndr32],
      },
    ],
  });
  const auth = token && trailerOf(options, token);
  const flags = pduFlags.first | pduFlags.last | (auth === undefined ? 0 : pduFlags.headerSigning);
  return encodePdu({ type, flags, callId: bindCallId, body, auth });
}

const trailerOf = ({ mechanism, level = 'privacy' }: BindOptions, token: Buffer) => ({
  authType: mechanism?.rpcAuthType ?? 0,
  authLevel: authLevels[level],
  authContextId,
  token,
});

/** rpc_auth_3, [MS-RPCE] 2.2.2.10, carries the call id of the bind. */
const auth3 = (options: BindOptions, token: Buffer): Buffer =>
  encodePdu({
    type: pduTypes.auth3,
    callId: bindCallId,
    body: Auth3Body.encode({}),
    auth: trailerOf(options, token),
  });

/** What the server settles for, and its token when there is authentication. */
function readAnswer(
  pdu: Pdu,
  expectedType: number,
  target: RpcInterface,
  { mechanism, host }: BindOptions,
): { fragmentBytes: number; signsHeader: boolean; token: Buffer | undefined } {
  if (pdu.type === pduTypes.bindNak)
    throw bindRejected(BindNakBody.decode(pdu.body).reason, target.pipeName, { host });
  if (pdu.type === pduTypes.fault)
    throw faultError(FaultBody.decode(pdu.body).status, `could not bind to ${target.pipeName}`, { host });
  if (pdu.type !== expectedType) throw brokenAnswer(`a PDU of type ${pdu.type} as answer to the bind`, host);
  const answer = BindAckBody.decode(pdu.body);
  const result = answer.results.list[0];
  if (result === undefined || result.result !== 0 || result.transferSyntax.uuid !== ndr32.uuid)
    throw new RemoteError('protocol', 'unsupported', `${target.pipeName} does not offer the interface`, {
      host,
      code: result?.reason,
    });
  if (mechanism !== undefined && !mechanism.done && pdu.auth === undefined)
    throw new RemoteError('protocol', 'downgrade', 'the bind was answered without authentication', { host });
  const fragmentBytes = Math.min(answer.maxReceiveBytes, proposedFragmentBytes);
  if (fragmentBytes < fragmentBytesMin) throw brokenAnswer(`a fragment size of ${fragmentBytes}`, host);
  const signsHeader = (pdu.flags & pduFlags.headerSigning) !== 0;
  return { fragmentBytes, signsHeader, token: pdu.auth?.token };
}

export const brokenAnswer = (what: string, host: string | undefined): RemoteError =>
  new RemoteError('protocol', 'unexpectedReply', what, { host });
