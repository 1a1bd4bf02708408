import { randomBytes } from 'node:crypto';
import { WindowsCredential } from '../auth/credential';
import type { Mechanism } from '../auth/mechanism';
import { NtlmMechanism } from '../auth/ntlm-mechanism';
import { NtlmNegotiate } from '../auth/ntlm-messages';
import { NtlmSecurity } from '../auth/ntlm-security';
import { makeChallenge, verifyAuthenticate } from '../auth/ntlm-verify';
import type { Pipe } from '../smb/pipe';
import { byteArray, decodeFields, dword, encodeFields, wstring } from './ndr';
import {
  BindAckBody,
  BindNakBody,
  decodePdu,
  encodePdu,
  FaultBody,
  ndr32,
  pduFlags,
  pduTypes,
  RequestBody,
  ResponseBody,
} from './pdu';
import { procedure, rpcInterface } from './procedure';
import { RpcClient } from './rpc-client';
import { sealedStubBytes, sealPdu, unsealPdu } from './sealed-pdu';

const fragmentBytes = 4_280;
const echo = rpcInterface({
  uuid: '00112233-4455-6677-8899-aabbccddeeff',
  major: 1,
  minor: 0,
  pipeName: 'echo',
  procedures: { repeat: procedure(3, { text: wstring, data: byteArray }, { data: byteArray, error: dword }) },
});

/** A server of one procedure on a pipe that keeps what it was sent, and can be told to misbehave. */
class EchoServer implements Pipe {
  readonly received: { pdu: Buffer; by: 'write' | 'transact' }[] = [];
  fault: number | undefined;
  nak: number | undefined;
  corrupt: ((answer: Buffer) => Buffer) | undefined;
  private readonly answers: Buffer[] = [];
  private stub: Buffer[] = [];
  private security: Mechanism | undefined;
  private handshake: { negotiate: Buffer; challenge: Buffer } | undefined;
  readonly credential = new WindowsCredential({ username: 'Administrator', password: 'secret' });

  bind(bind: Buffer): Buffer {
    const pdu = decodePdu(bind);
    if (this.nak !== undefined)
      return encodePdu({ type: pduTypes.bindNak, callId: 1, body: BindNakBody.encode({ reason: this.nak }) });
    const body = BindAckBody.encode({
      maxTransmitBytes: fragmentBytes,
      maxReceiveBytes: fragmentBytes,
      associationGroup: 1,
      secondaryAddress: '\\PIPE\\echo',
      results: { list: [{ result: 0, reason: 0, transferSyntax: ndr32 }] },
    });
    if (pdu.auth === undefined) return encodePdu({ type: pduTypes.bindAck, callId: 1, body });
    const challenge = makeChallenge({
      clientFlags: NtlmNegotiate.decode(pdu.auth.token).flags,
      serverChallenge: randomBytes(8),
      timestamp: 133_000_000_000_000_000n,
      computerName: 'HOST',
      domainName: 'HOST',
      dnsComputerName: 'host',
      dnsDomainName: 'host',
    });
    this.handshake = { negotiate: Buffer.from(pdu.auth.token), challenge };
    return encodePdu({ type: pduTypes.bindAck, callId: 1, body, auth: { ...pdu.auth, token: challenge } });
  }

  async write(data: Buffer): Promise<void> {
    this.received.push({ pdu: data, by: 'write' });
    this.take(data);
  }

  async transact(data: Buffer): Promise<Buffer> {
    this.received.push({ pdu: data, by: 'transact' });
    this.take(data);
    return this.answers.shift() ?? Buffer.alloc(0);
  }

  /** Half a fragment at a time, so that a client has to put them together. */
  async read(): Promise<Buffer> {
    const next = this.answers.shift() ?? Buffer.alloc(0);
    const half = Math.ceil(next.length / 2);
    if (half < next.length) this.answers.unshift(next.subarray(half));
    return next.subarray(0, half);
  }

  async close(): Promise<void> {
    this.answers.length = 0;
  }

  private take(data: Buffer): void {
    const plain = decodePdu(data);
    if (plain.type === pduTypes.auth3) return this.finishHandshake(plain.auth?.token ?? Buffer.alloc(0));
    const pdu = this.security === undefined ? plain : unsealPdu(data, this.context());
    this.stub.push(Buffer.from(RequestBody.decode(pdu.body).stub));
    if ((pdu.flags & pduFlags.last) === 0) return;
    const { text, data: sent } = decodeFields(echo.procedures.repeat.input, Buffer.concat(this.stub));
    this.stub = [];
    if (this.fault !== undefined) return this.answerFault(pdu.callId, this.fault);
    const answer = encodeFields(echo.procedures.repeat.output, { data: sent, error: text.length });
    this.answer(pdu.callId, answer);
  }

  private finishHandshake(token: Buffer): void {
    const verdict = verifyAuthenticate({ ...this.handshake!, authenticate: Buffer.from(token) }, () =>
      this.credential.ntHash(),
    );
    if (!verdict.isProven) throw new Error(verdict.why);
    this.security = Object.assign(new NtlmSecurity(verdict.exportedSessionKey, 'server'), {
      rpcAuthType: 10,
    }) as unknown as Mechanism;
  }

  private context(): { mechanism: Mechanism; authContextId: number } {
    return { mechanism: this.security!, authContextId: 0 };
  }

  private answerFault(callId: number, status: number): void {
    const body = FaultBody.encode({ allocationHint: 0, contextId: 0, cancelCount: 0, faultFlags: 0, status });
    this.answers.push(encodePdu({ type: pduTypes.fault, callId, body }));
  }

  private answer(callId: number, stub: Buffer): void {
    const room = this.security ? sealedStubBytes(fragmentBytes, this.security) : fragmentBytes - 24;
    for (let start = 0; start < stub.length; start += room) {
      const part = stub.subarray(start, start + room);
      const isLast = start + room >= stub.length;
      const body = ResponseBody.encode({
        allocationHint: stub.length - start,
        contextId: 0,
        cancelCount: 0,
        stub: part,
      });
      const pdu = {
        type: pduTypes.response,
        flags: (start === 0 ? pduFlags.first : 0) | (isLast ? pduFlags.last : 0),
        callId,
        body,
      };
      const answer = this.security ? sealPdu(pdu, this.context()) : encodePdu(pdu);
      this.answers.push(this.corrupt ? this.corrupt(answer) : answer);
    }
  }
}

function open(server: EchoServer, withPrivacy = true): Promise<RpcClient> {
  return RpcClient.open(echo, {
    openPipe: async (_name, bind) => ({ pipe: server, reply: server.bind(bind) }),
    mechanism: withPrivacy ? new NtlmMechanism(server.credential) : undefined,
    host: 'host',
  });
}

const repeat = (client: RpcClient, data: Buffer) =>
  client.call(echo.procedures.repeat, { text: 'abc', data }, 'could not repeat');

describe('the RPC client', () => {
  it.each([true, false])('calls a procedure and reads its answer (privacy %s)', async (withPrivacy) => {
    const client = await open(new EchoServer(), withPrivacy);
    expect(await repeat(client, Buffer.from('hello'))).toEqual({ data: Buffer.from('hello'), error: 3 });
  });

  it('sends the third leg of NTLM in front of the first call and never again', async () => {
    const server = new EchoServer();
    const client = await open(server);
    await repeat(client, Buffer.alloc(1));
    await repeat(client, Buffer.alloc(1));
    expect(server.received.map(({ pdu, by }) => [decodePdu(pdu).type, by])).toEqual([
      [pduTypes.auth3, 'write'],
      [pduTypes.request, 'transact'],
      [pduTypes.request, 'transact'],
    ]);
  });

  it('does not send the stub in the clear', async () => {
    const server = new EchoServer();
    const secret = Buffer.from('a secret that is long enough to be found');
    await repeat(await open(server), secret);
    expect(server.received.some(({ pdu }) => pdu.includes(secret))).toBe(false);
  });

  it.each([0, 1, 4_000, 4_216, 4_232, 65_536, 200_000])(
    'cuts %i bytes into fragments and puts them together again',
    async (sizeBytes) => {
      const server = new EchoServer();
      const client = await open(server);
      const data = randomBytes(sizeBytes);
      expect((await repeat(client, data)).data.equals(data)).toBe(true);
      expect(server.received.every(({ pdu }) => pdu.length <= fragmentBytes)).toBe(true);
    },
  );

  it('answers calls that are made together in their order', async () => {
    const client = await open(new EchoServer());
    const answers = await Promise.all([1, 2, 3].map((size) => repeat(client, Buffer.alloc(size))));
    expect(answers.map(({ data }) => data.length)).toEqual([1, 2, 3]);
  });

  it('reports a fault as an error and stays usable', async () => {
    const server = new EchoServer();
    const client = await open(server);
    server.fault = 5;
    await expect(repeat(client, Buffer.alloc(1))).rejects.toMatchObject({
      kind: 'denied',
      reason: 'accessDenied',
      code: 5,
      host: 'host',
    });
    server.fault = undefined;
    expect(client.isUsable).toBe(true);
    expect((await repeat(client, Buffer.alloc(2))).data.length).toBe(2);
  });

  it('refuses an answer whose signature does not hold, and calls no more', async () => {
    const server = new EchoServer();
    const client = await open(server);
    server.corrupt = (answer) => {
      const wrong = Buffer.from(answer);
      wrong[30]! ^= 1;
      return wrong;
    };
    await expect(repeat(client, Buffer.alloc(64))).rejects.toMatchObject({
      kind: 'protocol',
      reason: 'signature',
    });
    expect(client.isUsable).toBe(false);
    await expect(repeat(client, Buffer.alloc(1))).rejects.toMatchObject({ reason: 'signature' });
  });

  it('refuses an answer that is not sealed at all', async () => {
    const server = new EchoServer();
    const client = await open(server);
    server.corrupt = () => {
      const body = ResponseBody.encode({
        allocationHint: 4,
        contextId: 0,
        cancelCount: 0,
        stub: Buffer.alloc(8),
      });
      return encodePdu({ type: pduTypes.response, callId: 2, body });
    };
    await expect(repeat(client, Buffer.alloc(1))).rejects.toMatchObject({ reason: 'signature' });
  });

  it.each([
    [4, 'unsupported'],
    [1, 'serverBusy'],
  ])('names why a bind was rejected (%i)', async (reason, word) => {
    const server = new EchoServer();
    server.nak = reason;
    await expect(open(server)).rejects.toMatchObject({ reason: word });
  });

  it('refuses an answer cut at any byte instead of waiting for more', async () => {
    for (const sizeBytes of [0, 1, 15, 16, 20, 23]) {
      const server = new EchoServer();
      const client = await open(server);
      server.corrupt = (answer) => answer.subarray(0, sizeBytes);
      await expect(repeat(client, Buffer.alloc(1))).rejects.toMatchObject({ kind: 'protocol' });
    }
  });
});
