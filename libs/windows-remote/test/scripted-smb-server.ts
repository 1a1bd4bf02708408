/**
 * The smallest SMB 3.1.1 server that a client logs on to, built from the library's own tables, so that a test can bend
 * one reply: leave out a signature, answer late, answer something else. Everything behind the logon is the script's.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { WindowsCredential } from '../src/auth/credential';
import { NtlmNegotiate } from '../src/auth/ntlm-messages';
import { NtlmSecurity } from '../src/auth/ntlm-security';
import { makeChallenge, verifyAuthenticate } from '../src/auth/ntlm-verify';
import {
  decodeNegTokenInit,
  decodeNegTokenResponse,
  encodeMechanismList,
  encodeNegTokenResponse,
  mechanismOids,
  negStates,
} from '../src/auth/spnego-messages';
import { FrameAssembler } from '../src/smb/frame-assembler';
import {
  commands,
  decodeBody,
  encodeMessage,
  Header,
  headerFlags,
  protocolIds,
} from '../src/smb/messages/header';
import {
  ciphers,
  dialects,
  EncryptionCapabilities,
  NegotiateResponse,
  PreauthIntegrityCapabilities,
  signingAlgorithms,
  SigningCapabilities,
} from '../src/smb/messages/negotiate';
import { SessionSetupRequest, SessionSetupResponse } from '../src/smb/messages/session';
import { PreauthHash } from '../src/smb/preauth-hash';
import { SmbProtection } from '../src/smb/protection';
import { splitCompound } from '../src/smb/split-compound';
import { ntstatus } from '../src/status/ntstatus';
import type { Codec, Infer } from '../src/wire/codec';

export type Negotiated = Infer<typeof NegotiateResponse>;

export interface Script {
  /** Changes the NEGOTIATE response before it is sent. */
  negotiate?: (response: Negotiated) => Negotiated;
  /** Flags of the SESSION_SETUP response, and whether its end is signed. */
  sessionFlags?: number;
  isLogonUnsigned?: boolean;
  isWithoutEncryption?: boolean;
  /** Every request behind the logon, with what sends a reply to it. */
  onRequest?: (request: Header, message: Buffer, reply: Replier) => void;
}

export interface ReplyOptions {
  status?: number;
  flags?: number;
  isUnsigned?: boolean;
  isPlain?: boolean;
  credits?: number;
}
export type Replier = <T>(codec: Codec<T>, value: T, options?: ReplyOptions) => void;

export interface ScriptedServer {
  address: string;
  port: number;
  stop(): Promise<void>;
}

export async function startScriptedServer(
  credential: WindowsCredential,
  script: Script,
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    // Clients under test break connections; that is not this server's concern.
    socket.on('error', () => undefined);
    const conversation = new Conversation(socket, credential, script);
    const assembler = new FrameAssembler((frame) => conversation.receive(frame));
    assembler.maxFrameBytes = 0x100_0000;
    socket.on('data', (chunk) => {
      try {
        assembler.push(chunk);
      } catch (error) {
        // Like a real server: whoever breaks the protocol is hung up on. The reason is for who debugs a test.
        socket.destroy(error as Error);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port, stop };
}

const sessionId = 0x7000_0001n;

class Conversation {
  private readonly preauth = new PreauthHash();
  private protection: SmbProtection | undefined;
  private tokens: { negotiate: Buffer; challenge: Buffer; mechanisms: Buffer[] } | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly credential: WindowsCredential,
    private readonly script: Script,
  ) {}

  receive(frame: Buffer): void {
    const isSealed = frame.readUInt32LE(0) === protocolIds.transform;
    const data = isSealed ? this.protection!.decrypt(frame) : frame;
    for (const message of splitCompound(data)) this.take(Header.decode(message), message, isSealed);
  }

  private take(request: Header, message: Buffer, isSealed: boolean): void {
    if (request.command === commands.negotiate) this.negotiate(request, message);
    else if (request.command === commands.sessionSetup) this.setUp(request, message);
    else {
      if (!isSealed && !this.protection!.isSigned(message))
        throw new Error('the client sent an unprotected request');
      const reply: Replier = (codec, value, options = {}) =>
        this.reply(request, codec, value, { isPlain: !isSealed, ...options });
      this.script.onRequest?.(request, message, reply);
    }
  }

  private negotiate(request: Header, message: Buffer): void {
    this.preauth.update(message);
    const context = (contextType: number, data: Buffer) => ({ contextType, data });
    const response = {
      securityMode: 3,
      dialect: dialects.smb311,
      serverGuid: randomUUID(),
      capabilities: 4,
      maxTransactBytes: 0x10_0000,
      maxReadBytes: 0x10_0000,
      maxWriteBytes: 0x10_0000,
      systemTime: 133_000_000_000_000_000n,
      serverStartTime: 0n,
      securityBuffer: Buffer.alloc(0),
      contexts: [
        context(1, PreauthIntegrityCapabilities.encode({ hashAlgorithms: [1], salt: randomBytes(32) })),
        context(2, EncryptionCapabilities.encode({ ciphers: [this.cipher ?? 0] })),
        context(8, SigningCapabilities.encode({ signingAlgorithms: [signingAlgorithms.aesGmac] })),
      ],
    };
    const sent = this.reply(request, NegotiateResponse, this.script.negotiate?.(response) ?? response, {
      isPlain: true,
    });
    this.preauth.update(sent);
  }

  private setUp(request: Header, message: Buffer): void {
    this.preauth.update(message);
    const { securityBuffer } = decodeBody(message, SessionSetupRequest);
    if (this.tokens === undefined) {
      const init = decodeNegTokenInit(securityBuffer);
      const negotiate = init.token!;
      const names = {
        computerName: 'SCRIPT',
        domainName: 'SCRIPT',
        dnsComputerName: 'script',
        dnsDomainName: '',
      };
      const { flags: clientFlags } = NtlmNegotiate.decode(negotiate);
      const challenge = makeChallenge({
        clientFlags,
        serverChallenge: randomBytes(8),
        timestamp: 1n,
        ...names,
      });
      this.tokens = { negotiate, challenge, mechanisms: init.mechanisms };
      const token = encodeNegTokenResponse({
        state: negStates.acceptIncomplete,
        mechanism: mechanismOids.ntlm,
        token: challenge,
      });
      const options = { status: ntstatus.moreProcessingRequired, isPlain: true };
      this.preauth.update(
        this.reply(request, SessionSetupResponse, { sessionFlags: 0, securityBuffer: token }, options),
      );
      return;
    }
    const proof = decodeNegTokenResponse(securityBuffer);
    const verdict = verifyAuthenticate({ ...this.tokens, authenticate: proof.token! }, () =>
      this.credential.ntHash(),
    );
    if (!verdict.isProven) throw new Error(verdict.why);
    const security = new NtlmSecurity(verdict.exportedSessionKey, 'server');
    const list = encodeMechanismList(this.tokens.mechanisms);
    security.verify(list, proof.mechListMic!);
    const shared = {
      dialect: dialects.smb311,
      sessionId,
      sessionKey: verdict.exportedSessionKey,
      preauthHash: this.preauth.value,
    };
    this.protection = new SmbProtection({
      role: 'server',
      cipher: this.cipher,
      signingAlgorithm: signingAlgorithms.aesGmac,
      ...shared,
    });
    const token = encodeNegTokenResponse({
      state: negStates.acceptCompleted,
      mechListMic: security.sign(list),
    });
    const value = { sessionFlags: this.script.sessionFlags ?? 0, securityBuffer: token };
    this.reply(request, SessionSetupResponse, value, {
      isPlain: true,
      isUnsigned: this.script.isLogonUnsigned === true,
    });
  }

  private get cipher(): number | undefined {
    return this.script.isWithoutEncryption === true ? undefined : ciphers.aes128Gcm;
  }

  private reply<T>(request: Header, codec: Codec<T>, value: T, options: ReplyOptions): Buffer {
    const { status = 0, flags = 0, isUnsigned = false, isPlain = false, credits = 64 } = options;
    const id = request.command === commands.negotiate ? 0n : sessionId;
    const header = {
      ...request,
      status,
      credits,
      flags: headerFlags.serverToRedir | flags,
      sessionId: id,
      nextCommand: 0,
    };
    const message = encodeMessage(header, codec, value);
    if (isPlain && !isUnsigned) this.protection?.sign(message);
    const pieces = isPlain || this.protection === undefined ? [message] : this.protection.encrypt(message);
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(pieces.reduce((sum, piece) => sum + piece.length, 0));
    this.socket.write(Buffer.concat([prefix, ...pieces]));
    return message;
  }
}
