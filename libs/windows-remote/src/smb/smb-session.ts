/**
 * One logged-on SMB session: NEGOTIATE, SESSION_SETUP and the trees in it. Signed always, encrypted where the server
 * offers it; a session without keys (guest, anonymous) is refused.
 */
import type { WindowsCredential } from '../auth/credential';
import type { NtlmServerNames } from '../auth/ntlm-mechanism';
import { NtlmMechanism } from '../auth/ntlm-mechanism';
import { SpnegoMechanism } from '../auth/spnego-mechanism';
import { ntstatus, statusError } from '../status/ntstatus';
import { RemoteError } from '../status/remote-error';
import { openPipe } from './named-pipe';
import { decodeBody } from './messages/header';
import { dialects, securityModes } from './messages/negotiate';
import {
  EmptyBody,
  sessionFlags,
  SessionSetupRequest,
  SessionSetupResponse,
  shareFlagEncryptData,
  TreeConnectRequest,
  TreeConnectResponse,
} from './messages/session';
import type { Negotiated } from './negotiate';
import { negotiate } from './negotiate';
import type { OpenedPipe } from './pipe';
import type { SettledPolicy, SmbPolicy } from './policy';
import { settlePolicy, signingName } from './policy';
import { SmbProtection } from './protection';
import type { IncomingMessage, MessageContext } from './smb-connection';
import { SmbConnection } from './smb-connection';
import { SmbTree } from './smb-tree';
import { answersSmb1 } from './probe-smb1';
import type { TransportOptions } from './transport';
import { validateNegotiate } from './validate-negotiate';

export interface SmbAddress {
  /** IPv4 address. */
  address: string;
  port?: number;
  /** The computer's name, for errors and for the name that the logon vouches for. */
  name?: string;
}

export interface SmbSessionOptions extends SmbPolicy {
  deadlineMs?: number;
  connectTimeoutMs?: number;
  signal?: AbortSignal;
  beforeFlight?: () => void | Promise<void>;
}

export interface SmbSessionInfo {
  dialect: number;
  cipher: string | undefined;
  signing: string;
  serverTime: Date;
  serverGuid: string;
}

const defaults = { port: 445, deadlineMs: 30_000, connectTimeoutMs: 10_000 } as const;
/** NTLM needs two rounds; a server that asks for more is not playing by the rules. */
const logonRoundsMax = 4;

export class SmbSession {
  readonly info: SmbSessionInfo & NtlmServerNames;
  private readonly trees = new Map<string, Promise<SmbTree>>();
  private isClosed = false;

  private constructor(
    readonly connection: SmbConnection,
    readonly negotiated: Negotiated,
    private readonly context: MessageContext,
    private readonly address: SmbAddress,
    names: NtlmServerNames,
  ) {
    const { dialect, cipherName, signingAlgorithm, serverTime, serverGuid } = negotiated;
    this.info = {
      dialect,
      cipher: context.isEncrypting ? cipherName : undefined,
      signing: signingName(signingAlgorithm),
      serverTime,
      serverGuid,
      ...names,
    };
  }

  /**
   * Connects and logs on: four flights with the TCP handshake, and two more below 3.1.1 for validating the negotiation.
   * @throws RemoteError unreachable, denied (why the logon failed) or protocol.
   */
  static async connect(
    address: SmbAddress,
    credential: WindowsCredential,
    options: SmbSessionOptions = {},
  ): Promise<SmbSession> {
    const host = address.name ?? address.address;
    const policy = settlePolicy(options);
    const {
      signal,
      beforeFlight,
      deadlineMs = defaults.deadlineMs,
      connectTimeoutMs = defaults.connectTimeoutMs,
    } = options;
    const transport = {
      address: address.address,
      port: address.port ?? defaults.port,
      host,
      connectTimeoutMs,
      signal,
      beforeFlight,
    };
    const connection = await SmbConnection.connect(transport, deadlineMs);
    try {
      return await SmbSession.over(connection, address, credential, policy);
    } catch (error) {
      connection.close();
      throw (await explainedSilence(error, connection, transport)) ?? error;
    }
  }

  private static async over(
    connection: SmbConnection,
    address: SmbAddress,
    credential: WindowsCredential,
    policy: SettledPolicy,
  ): Promise<SmbSession> {
    const negotiated = await negotiate(connection, connection.host, policy);
    const ntlm = new NtlmMechanism(credential, { targetName: `cifs/${connection.host}` });
    const context = await logOn(connection, negotiated, new SpnegoMechanism(ntlm));
    const session = new SmbSession(connection, negotiated, context, address, ntlm.serverNames);
    if (negotiated.dialect < dialects.smb311) await validateNegotiate(await session.tree('IPC$'), negotiated);
    return session;
  }

  get host(): string {
    return this.connection.host;
  }

  /** Connects a share, `C$` or `IPC$`; concurrent callers share one connection, a failed one is tried again. */
  tree(share: string): Promise<SmbTree> {
    const known = this.trees.get(share);
    if (known !== undefined) return known;
    const connecting = this.connectTree(share);
    this.trees.set(share, connecting);
    connecting.catch(() => this.trees.delete(share));
    return connecting;
  }

  /** Opens `\pipe\name` and, in the same flight, sends a first message and reads its answer. */
  async openPipe(name: string, firstWrite?: Buffer): Promise<OpenedPipe> {
    return openPipe(await this.tree('IPC$'), name, firstWrite);
  }

  /** LOGOFF is sent, not waited for. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    // The socket closes right behind the LOGOFF; whether the server had anything to say about it changes nothing.
    void Promise.allSettled(this.connection.exchange(this.context, [logoff]));
    this.connection.close();
  }

  private async connectTree(share: string): Promise<SmbTree> {
    const path = `\\\\${this.address.name ?? this.address.address}\\${share}`;
    const value = { flags: 0, path };
    const message = {
      command: 'treeConnect',
      codec: TreeConnectRequest,
      value,
      treeId: 0,
      payloadBytes: 0,
    } as const;
    const [reply] = this.connection.exchange(this.context, [message]);
    const { header, message: answer } = await reply!;
    if (header.status !== 0)
      throw statusError(header.status, `could not connect to ${share}`, this.connection.details);
    const { shareFlags } = decodeBody(answer, TreeConnectResponse);
    if ((shareFlags & shareFlagEncryptData) !== 0 && !this.context.isEncrypting) {
      throw new RemoteError(
        'protocol',
        'unsupported',
        `${share} demands encryption that was not negotiated`,
        this.connection.details,
      );
    }
    return new SmbTree(this.connection, this.context, header.treeId, share, this.negotiated);
  }
}

/** The error for a computer that hangs up on SMB 2 without a word and answers in SMB 1. */
async function explainedSilence(
  error: unknown,
  { traffic, details }: SmbConnection,
  { address, port, connectTimeoutMs, host }: TransportOptions,
): Promise<RemoteError | undefined> {
  const isSilent =
    error instanceof RemoteError && error.reason === 'connectionLost' && traffic.bytesReceived === 0;
  if (!isSilent || !(await answersSmb1(address, port, connectTimeoutMs))) return undefined;
  return new RemoteError('protocol', 'smb1Only', `${host} speaks SMB 1 only`, details, error);
}

const logoff = { command: 'logoff', codec: EmptyBody, value: {}, treeId: 0, payloadBytes: 0 } as const;

/** SESSION_SETUP until the server is content, [MS-SMB2] 3.2.4.2.3 and 3.2.5.3. */
async function logOn(
  connection: SmbConnection,
  negotiated: Negotiated,
  mechanism: SpnegoMechanism,
): Promise<MessageContext> {
  const preauth = negotiated.preauth.fork();
  let token = mechanism.step(undefined);
  let context: MessageContext = {
    sessionId: 0n,
    protection: undefined,
    isEncrypting: false,
    onRequest: (message) => preauth.update(message),
  };
  for (let round = 0; round < logonRoundsMax; round++) {
    const { header, message } = await setUp(connection, context, token);
    const { status, sessionId } = header;
    if (status !== 0 && status !== ntstatus.moreProcessingRequired) {
      throw statusError(status, `could not log on to ${connection.host}`, connection.details);
    }
    const response = decodeBody(message, SessionSetupResponse);
    if (status === 0)
      return finish(connection, negotiated, mechanism, {
        message,
        sessionId,
        preauthHash: preauth.value,
        ...response,
      });
    preauth.update(message);
    context = { ...context, sessionId };
    token = mechanism.step(response.securityBuffer);
  }
  throw new RemoteError('protocol', 'unexpectedReply', 'the logon does not end', connection.details);
}

function setUp(
  connection: SmbConnection,
  context: MessageContext,
  token: Buffer | undefined,
): Promise<IncomingMessage> {
  const value = {
    flags: 0,
    securityMode: securityModes.signingEnabled | securityModes.signingRequired,
    capabilities: 0,
    channel: 0,
    securityBuffer: token ?? Buffer.alloc(0),
    previousSessionId: 0n,
  };
  const [reply] = connection.exchange(context, [
    { command: 'sessionSetup', codec: SessionSetupRequest, value, treeId: 0, payloadBytes: 0 },
  ]);
  return reply!;
}

interface LogonSuccess {
  message: Buffer;
  sessionId: bigint;
  preauthHash: Buffer;
  sessionFlags: number;
  securityBuffer: Buffer;
}

/** The final answer must be signed with the key that it establishes: the first proof that the server knows the password too. */
function finish(
  connection: SmbConnection,
  negotiated: Negotiated,
  mechanism: SpnegoMechanism,
  success: LogonSuccess,
): MessageContext {
  const { sessionId, preauthHash } = success;
  if ((success.sessionFlags & (sessionFlags.isGuest | sessionFlags.isNull)) !== 0) {
    throw new RemoteError(
      'denied',
      'guestLogon',
      `${connection.host} knows the account only as a guest`,
      connection.details,
    );
  }
  const { dialect, cipher, signingAlgorithm } = negotiated;
  const { sessionKey } = mechanism;
  const protection = new SmbProtection({
    role: 'client',
    dialect,
    sessionId,
    sessionKey,
    preauthHash,
    cipher,
    signingAlgorithm,
  });
  if (!protection.isSigned(success.message)) {
    throw new RemoteError(
      'protocol',
      'signature',
      'the end of the logon is not signed with the session’s key',
      connection.details,
    );
  }
  mechanism.step(success.securityBuffer);
  const isEncrypting = cipher !== undefined;
  if (!isEncrypting && (success.sessionFlags & sessionFlags.encryptData) !== 0) {
    throw new RemoteError(
      'protocol',
      'unsupported',
      'the server demands encryption that was not negotiated',
      connection.details,
    );
  }
  if (isEncrypting) connection.openWith(protection);
  return { sessionId, protection, isEncrypting };
}
