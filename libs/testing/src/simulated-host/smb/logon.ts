/**
 * The accepting side of a logon: NTLMv2, plain or inside SPNEGO ([MS-SPNG] 3.3), for SMB sessions and for RPC alike. What
 * the faults say about the account comes after a right password, as on Windows.
 */
import { randomBytes } from 'node:crypto';
import {
  dateToFiletime,
  decodeNegTokenInit,
  decodeNegTokenResponse,
  encodeMechanismList,
  encodeNegTokenInit,
  encodeNegTokenResponse,
  makeChallenge,
  md4,
  mechanismOids,
  negStates,
  NtlmSecurity,
  verifyAuthenticate,
  WireError,
} from '@drover/windows-remote/protocol';
import { logonFaults, type HostFaults } from '../faults';
import { HostRefusal, NtStatus } from '../refusal';

export interface Account {
  username: string;
  password: string;
  isAdministrator: boolean;
}

export interface LogonHost {
  name: string;
  dnsDomain: string;
  accounts: Account[];
  faults: HostFaults;
  now(): Date;
}

export interface AcceptedLogon {
  account: Account;
  sessionKey: Buffer;
  security: NtlmSecurity;
}

export class LogonAcceptor {
  /** As the client gave it; known once it has tried. */
  triedUsername = '';
  private negotiate: Buffer = Buffer.alloc(0);
  private challenge: Buffer = Buffer.alloc(0);
  private mechanisms: Buffer[] | undefined;

  constructor(private readonly host: LogonHost) {}

  /** @throws HostRefusal with an NTSTATUS when the logon fails. */
  step(token: Buffer): { reply: Buffer; logon: AcceptedLogon | undefined } {
    try {
      if (isNtlm(token)) return this.stepNtlm(token);
      return token[0] === applicationTag ? this.begin(token) : this.proceed(token);
    } catch (error) {
      if (error instanceof WireError || error instanceof RangeError) {
        throw new HostRefusal('ntstatus', NtStatus.invalidParameter, 'a malformed security token');
      }
      throw error;
    }
  }

  private begin(token: Buffer): { reply: Buffer; logon: undefined } {
    const init = decodeNegTokenInit(token);
    if (!init.mechanisms.some((oid) => oid.equals(mechanismOids.ntlm))) {
      throw new HostRefusal('ntstatus', NtStatus.logonFailure, 'NTLM is not offered');
    }
    this.mechanisms = init.mechanisms;
    const isFirst = init.mechanisms[0]?.equals(mechanismOids.ntlm) === true;
    const inner = isFirst && init.token !== undefined ? this.stepNtlm(init.token).reply : undefined;
    const state = isFirst ? negStates.acceptIncomplete : negStates.requestMic;
    return {
      reply: encodeNegTokenResponse({ state, mechanism: mechanismOids.ntlm, token: inner }),
      logon: undefined,
    };
  }

  private proceed(token: Buffer): { reply: Buffer; logon: AcceptedLogon | undefined } {
    const response = decodeNegTokenResponse(token);
    const { reply, logon } = this.stepNtlm(response.token ?? Buffer.alloc(0));
    if (logon === undefined)
      return { reply: encodeNegTokenResponse({ state: negStates.acceptIncomplete, token: reply }), logon };
    const mechListMic =
      response.mechListMic === undefined ? undefined : this.exchangeMic(logon.security, response.mechListMic);
    return { reply: encodeNegTokenResponse({ state: negStates.acceptCompleted, mechListMic }), logon };
  }

  /** Both sides sign the list of mechanisms; after each MIC that direction's stream starts again. */
  private exchangeMic(security: NtlmSecurity, clientMic: Buffer): Buffer {
    const list = encodeMechanismList(this.mechanisms ?? []);
    try {
      security.verify(list, clientMic);
    } catch {
      // Any failure to verify is one and the same to the client: its token is not acceptable.
      throw new HostRefusal('ntstatus', NtStatus.invalidParameter, 'mechListMIC does not hold');
    }
    security.restartIncomingStream();
    const mic = security.sign(list);
    security.restartOutgoingStream();
    return mic;
  }

  private stepNtlm(token: Buffer): { reply: Buffer; logon: AcceptedLogon | undefined } {
    if (!isNtlm(token) || token.length < 16)
      throw new HostRefusal('ntstatus', NtStatus.invalidParameter, 'not an NTLM message');
    if (token.readUInt32LE(8) !== 1) return { reply: Buffer.alloc(0), logon: this.verify(token) };
    this.negotiate = Buffer.from(token);
    this.challenge = makeChallenge({
      clientFlags: token.readUInt32LE(12),
      serverChallenge: randomBytes(8),
      timestamp: dateToFiletime(this.host.now()),
      computerName: this.host.name,
      domainName: this.host.name,
      dnsComputerName: `${this.host.name.toLowerCase()}.${this.host.dnsDomain}`,
      dnsDomainName: this.host.dnsDomain,
    });
    return { reply: this.challenge, logon: undefined };
  }

  private verify(authenticate: Buffer): AcceptedLogon {
    let account: Account | undefined;
    const verdict = verifyAuthenticate(
      { negotiate: this.negotiate, challenge: this.challenge, authenticate },
      (username) => {
        this.triedUsername = username;
        account = this.host.accounts.find((known) => known.username.toLowerCase() === username.toLowerCase());
        return account === undefined ? undefined : md4(Buffer.from(account.password, 'utf16le'));
      },
    );
    const fault = this.host.faults.current.logon;
    if (!verdict.isProven || account === undefined) {
      throw new HostRefusal('ntstatus', NtStatus.logonFailure, verdict.isProven ? 'no account' : verdict.why);
    }
    if (fault !== 'normal') throw new HostRefusal('ntstatus', logonFaults[fault], `fault: ${fault}`);
    const { exportedSessionKey } = verdict;
    return {
      account,
      sessionKey: exportedSessionKey,
      security: new NtlmSecurity(exportedSessionKey, 'server'),
    };
  }
}

/** The offer in the NEGOTIATE response: NTLM only. */
export const spnegoOffer = (): Buffer => encodeNegTokenInit({ mechanisms: [mechanismOids.ntlm] });

const applicationTag = 0x60;
const isNtlm = (token: Buffer): boolean => token.subarray(0, 8).equals(Buffer.from('NTLMSSP\0', 'latin1'));
