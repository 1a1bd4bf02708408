/**
 * The server end of DCE/RPC on one named pipe, [MS-RPCE] 3.3.2: binds, NTLM security contexts (third leg in AUTH3 or, inside
 * SPNEGO, in ALTER_CONTEXT), packet privacy, fragments both ways. What is unauthenticated by RPC is still behind an SMB logon.
 */
import {
  authLevels,
  BindAckBody,
  BindBody,
  decodePdu,
  encodePdu,
  FaultBody,
  ndr32,
  pduBytes,
  pduFlags,
  pduTypes,
  RemoteError,
  RequestBody,
  ResponseBody,
  WireError,
  type Pdu,
  type SecurityToken,
} from '@drover/windows-remote/protocol';
import type { Ledger } from '../computer/ledger';
import { HostRefusal } from '../refusal';
import { LogonAcceptor, type LogonHost } from '../smb/logon';
import type { PipeCaller, PipeEndpoint } from '../smb/served-host';
import { AcceptedMechanism } from './accepted-mechanism';
import { closePdu, openPdu, stubRoom, type Protected } from './protected-pdu';
import { ContextHandles, RpcFault, type ServedInterface } from './served-interface';

export interface EndpointOptions {
  pipe: string;
  interfaces: ServedInterface[];
  caller: PipeCaller;
  logonHost: LogonHost;
  ledger: Ledger;
}

interface Security extends Omit<SecurityToken, 'token'> {
  acceptor: LogonAcceptor;
  mechanism: AcceptedMechanism | undefined;
  failed: boolean;
}

export class RpcEndpoint implements PipeEndpoint {
  private readonly handles = new ContextHandles();
  private readonly contexts = new Map<number, ServedInterface>();
  private security: Security | undefined;
  private received: Buffer = Buffer.alloc(0);
  private fragments: Buffer[] = [];
  private fragmentBytes = fragmentMaxBytes;
  private isDead = false;

  constructor(private readonly options: EndpointOptions) {}

  receive(data: Buffer): Buffer[] {
    if (this.isDead) return [];
    this.received = this.received.length === 0 ? data : Buffer.concat([this.received, data]);
    const answers: Buffer[] = [];
    try {
      for (;;) {
        const size = pduBytes(this.received);
        if (size === undefined || this.received.length < size) break;
        const pdu = this.received.subarray(0, size);
        this.received = this.received.subarray(size);
        answers.push(...this.pdu(pdu));
      }
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      this.isDead = true;
      answers.push(this.fault({ callId: 0 }, protocolError));
    }
    return answers;
  }

  close(): void {
    this.isDead = true;
  }

  private pdu(bytes: Buffer): Buffer[] {
    const plain = decodePdu(bytes);
    switch (plain.type) {
      case pduTypes.bind:
      case pduTypes.alterContext:
        return [this.bind(plain)];
      case pduTypes.auth3:
        if (plain.auth !== undefined) this.authenticate(plain.auth);
        return [];
      case pduTypes.request:
        return this.request(plain, bytes);
      default:
        return [this.fault(plain, protocolError)];
    }
  }

  private bind(pdu: Pdu): Buffer {
    const bind = BindBody.decode(pdu.body);
    const results = bind.contexts.map(({ id, abstractSyntax, transferSyntaxes }) => {
      const served = this.options.interfaces.find(
        (known) => known.uuid === abstractSyntax.uuid && known.major === (abstractSyntax.version & 0xffff),
      );
      const features = transferSyntaxes.find((syntax) => syntax.uuid.startsWith(bindTimeFeaturesPrefix));
      if (features !== undefined) return { result: 3, reason: 0, transferSyntax: nullSyntax };
      const speaksNdr = transferSyntaxes.some((syntax) => syntax.uuid === ndr32.uuid);
      if (served === undefined || !speaksNdr)
        return { result: 2, reason: served === undefined ? 1 : 2, transferSyntax: nullSyntax };
      this.contexts.set(id, served);
      return { result: 0, reason: 0, transferSyntax: { uuid: ndr32.uuid, version: ndr32.version } };
    });
    this.fragmentBytes = Math.max(fragmentMinBytes, Math.min(fragmentMaxBytes, bind.maxReceiveBytes));
    const token = pdu.auth === undefined ? undefined : this.authenticate(pdu.auth);
    this.note(bind.contexts[0]?.abstractSyntax.uuid ?? '');
    const body = BindAckBody.encode({
      maxTransmitBytes: this.fragmentBytes,
      maxReceiveBytes: fragmentMaxBytes,
      associationGroup: associationGroup,
      secondaryAddress: pdu.type === pduTypes.bind ? `\\PIPE\\${this.options.pipe}` : '',
      results: { list: results },
    });
    const auth =
      pdu.auth === undefined || token === undefined || token.length === 0
        ? undefined
        : { ...pdu.auth, token };
    return encodePdu({
      type: pdu.type === pduTypes.bind ? pduTypes.bindAck : pduTypes.alterContextResponse,
      callId: pdu.callId,
      body,
      auth,
    });
  }

  private note(interfaceId: string): void {
    const { authLevel = authLevels.none, authType = 0 } = this.security ?? {};
    this.options.ledger.record({
      event: 'rpcBound',
      pipe: this.options.pipe,
      interface: interfaceId,
      authLevel,
      authType,
    });
  }

  /** One leg of the security context. A failure shows at the next request, as fault 5. */
  private authenticate(auth: SecurityToken): Buffer | undefined {
    this.security ??= {
      ...auth,
      acceptor: new LogonAcceptor(this.options.logonHost),
      mechanism: undefined,
      failed: false,
    };
    const security = this.security;
    try {
      const { reply, logon } = security.acceptor.step(auth.token);
      if (logon !== undefined) security.mechanism = new AcceptedMechanism(auth.authType, logon);
      return reply;
    } catch (error) {
      if (!(error instanceof HostRefusal)) throw error;
      const { caller, ledger } = this.options;
      ledger.record({
        event: 'logonFailed',
        connection: caller.connection,
        username: security.acceptor.triedUsername,
        status: error.code,
      });
      security.failed = true;
      return undefined;
    }
  }

  private request(plain: Pdu, bytes: Buffer): Buffer[] {
    const { security } = this;
    if (security !== undefined && (security.failed || security.mechanism === undefined))
      return [this.fault(plain, accessDenied)];
    const context = this.protectedBy();
    const pdu = context === undefined ? plain : openPdu(bytes, plain, context);
    const { contextId, opnum, stub } = RequestBody.decode(pdu.body);
    if ((pdu.flags & pduFlags.first) !== 0) this.fragments = [];
    this.fragments.push(Buffer.from((pdu.flags & pduFlags.object) === 0 ? stub : stub.subarray(16)));
    if (this.fragments.reduce((sum, fragment) => sum + fragment.length, 0) > stubMaxBytes)
      return [this.fault(pdu, protocolError)];
    if ((pdu.flags & pduFlags.last) === 0) return [];
    const whole = Buffer.concat(this.fragments.splice(0));
    const served = this.contexts.get(contextId);
    if (served === undefined) return [this.fault(pdu, unknownInterface)];
    const level = security?.authLevel ?? authLevels.none;
    if (level < served.minimumAuthLevel) return [this.fault(pdu, accessDenied)];
    return this.answer(pdu, contextId, served, opnum, whole);
  }

  private answer(
    pdu: Pdu,
    contextId: number,
    served: ServedInterface,
    opnum: number,
    stub: Buffer,
  ): Buffer[] {
    const { username, isAdministrator } = this.options.caller;
    try {
      const output = served.call(opnum, stub, { handles: this.handles, username, isAdministrator });
      return this.fragmented(pdu.callId, contextId, output);
    } catch (error) {
      if (error instanceof RpcFault) return [this.fault(pdu, error.status)];
      if (error instanceof WireError) return [this.fault(pdu, badStubData)];
      throw error;
    }
  }

  private fragmented(callId: number, contextId: number, stub: Buffer): Buffer[] {
    const context = this.protectedBy();
    const room = stubRoom(this.fragmentBytes, context);
    const answers: Buffer[] = [];
    for (let at = 0; at === 0 || at < stub.length; at += room) {
      const part = stub.subarray(at, at + room);
      const flags = (at === 0 ? pduFlags.first : 0) | (at + room >= stub.length ? pduFlags.last : 0);
      const body = ResponseBody.encode({
        allocationHint: stub.length - at,
        contextId,
        cancelCount: 0,
        stub: part,
      });
      answers.push(closePdu({ type: pduTypes.response, flags, callId, body }, context));
    }
    return answers;
  }

  private protectedBy(): Protected | undefined {
    const { security } = this;
    if (security?.mechanism === undefined) return undefined;
    const { authType, authLevel, authContextId, mechanism } = security;
    return { authType, authLevel, authContextId, mechanism };
  }

  private fault(pdu: { callId: number }, status: number): Buffer {
    const body = FaultBody.encode({
      allocationHint: 32,
      contextId: 0,
      cancelCount: 0,
      faultFlags: 0,
      status,
    });
    const flags = pduFlags.first | pduFlags.last | pduFlags.didNotExecute;
    return encodePdu({ type: pduTypes.fault, flags, callId: pdu.callId, body });
  }
}

/** Windows' own sizes on named pipes. */
const fragmentMaxBytes = 4280;
const fragmentMinBytes = 1432;
const stubMaxBytes = 2 * 1024 * 1024;
const associationGroup = 0x53f0;
const nullSyntax = { uuid: '00000000-0000-0000-0000-000000000000', version: 0 };
/** Bind time feature negotiation, [MS-RPCE] 3.3.1.5.3: a transfer syntax whose first half says so. */
const bindTimeFeaturesPrefix = '6cb71c2c-9812-4540-';

/** Fault codes, [C706] appendix E and [MS-ERREF] 2.2. */
const accessDenied = 5;
const badStubData = 0x6f7;
const unknownInterface = 0x1c010003;
const protocolError = 0x1c01000b;
