import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Script, ScriptedServer } from '../../test/scripted-smb-server';
import { startScriptedServer } from '../../test/scripted-smb-server';
import { WindowsCredential } from '../auth/credential';
import { ntstatus } from '../status/ntstatus';
import { RemoteError } from '../status/remote-error';
import { ErrorResponse, headerFlags } from './messages/header';
import { negotiateContextTypes } from './messages/negotiate';
import { TreeConnectResponse } from './messages/session';
import { SmbSession } from './smb-session';

const credential = new WindowsCredential({ username: 'ann', password: 'secret' });
const tree = { shareType: 1, shareFlags: 0, capabilities: 0, maximalAccess: 0x1f_01ff };
const noDetails = { errorContextCount: 0, errorData: Buffer.alloc(0) };

const failure = async (attempt: Promise<unknown>): Promise<RemoteError> => {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RemoteError)) throw new Error(`expected a RemoteError, got ${String(error)}`);
  return error;
};

describe('an SMB session with a server that bends the rules', () => {
  let server: ScriptedServer | undefined;
  let session: SmbSession | undefined;
  afterEach(async () => {
    session?.close();
    session = undefined;
    await server?.stop();
  });

  async function logOn(script: Script): Promise<SmbSession> {
    server = await startScriptedServer(credential, script);
    session = await SmbSession.connect(server, credential, { deadlineMs: 2000 });
    return session;
  }

  it('works with one that keeps them, encrypted', async () => {
    const { info, tree: connect } = await logOn({
      onRequest: (_, __, reply) => reply(TreeConnectResponse, tree),
    });
    expect(info.cipher).toBe('aes-128-gcm');
    expect((await connect.call(session, 'C$')).share).toBe('C$');
  });

  it('accepts an unsigned interim answer and then the signed final one', async () => {
    const { host } = await logOn({
      isWithoutEncryption: true,
      onRequest: (_, __, reply) => {
        reply(ErrorResponse, noDetails, {
          status: ntstatus.pending,
          flags: headerFlags.async,
          isUnsigned: true,
        });
        reply(TreeConnectResponse, tree, { flags: headerFlags.async });
      },
    });
    expect(host).toBe('127.0.0.1');
    expect((await session!.tree('C$')).share).toBe('C$');
  });

  it('refuses an unsigned final answer', async () => {
    await logOn({
      isWithoutEncryption: true,
      onRequest: (_, __, reply) => reply(TreeConnectResponse, tree, { isUnsigned: true }),
    });
    expect(await failure(session!.tree('C$'))).toMatchObject({ kind: 'protocol', reason: 'signature' });
  });

  it('refuses a plain answer in an encrypted session, even a signed one', async () => {
    await logOn({ onRequest: (_, __, reply) => reply(TreeConnectResponse, tree, { isPlain: true }) });
    expect(await failure(session!.tree('C$'))).toMatchObject({ kind: 'protocol', reason: 'downgrade' });
  });

  it('refuses a share that demands encryption in a session without it', async () => {
    await logOn({
      isWithoutEncryption: true,
      onRequest: (_, __, reply) => reply(TreeConnectResponse, { ...tree, shareFlags: 0x8000 }),
    });
    expect(await failure(session!.tree('C$'))).toMatchObject({ kind: 'protocol', reason: 'unsupported' });
  });

  it('refuses a logon whose end is not signed', async () => {
    expect(await failure(logOn({ isLogonUnsigned: true }))).toMatchObject({
      kind: 'protocol',
      reason: 'signature',
    });
  });

  it('refuses to be a guest', async () => {
    expect(await failure(logOn({ sessionFlags: 1 }))).toMatchObject({ kind: 'denied', reason: 'guestLogon' });
  });

  it('refuses a dialect that it did not offer', async () => {
    const error = await failure(logOn({ negotiate: (response) => ({ ...response, dialect: 0x0210 }) }));
    expect(error).toMatchObject({ kind: 'protocol', reason: 'downgrade' });
  });

  it('refuses a server that says that it does not sign', async () => {
    const error = await failure(logOn({ negotiate: (response) => ({ ...response, securityMode: 0 }) }));
    expect(error).toMatchObject({ kind: 'protocol', reason: 'downgrade' });
  });

  it('refuses a server without preauthentication integrity, and a cipher that it did not offer', async () => {
    const without = (type: number) => (response: Parameters<NonNullable<Script['negotiate']>>[0]) => ({
      ...response,
      contexts: response.contexts.filter(({ contextType }) => contextType !== type),
    });
    expect(
      await failure(logOn({ negotiate: without(negotiateContextTypes.preauthIntegrity) })),
    ).toMatchObject({ reason: 'downgrade' });
    await server!.stop();
    const foreign = { contextType: negotiateContextTypes.encryption, data: Buffer.from('01000900', 'hex') };
    const negotiate: Script['negotiate'] = (response) => ({
      ...response,
      contexts: [response.contexts[0]!, foreign],
    });
    expect(await failure(logOn({ negotiate }))).toMatchObject({ reason: 'downgrade' });
  });

  it('notices that the NEGOTIATE answer was changed on its way, by the preauthentication hash', async () => {
    const negotiate: Script['negotiate'] = (response) => response;
    server = await startScriptedServer(credential, { negotiate });
    const proxy = await startProxy(server.port, (data) => {
      if (data.length > 200 && data.readUInt16LE(16) === 0) data[4 + 64 + 40]! ^= 1;
    });
    try {
      expect(await failure(SmbSession.connect(proxy, credential, { deadlineMs: 2000 }))).toMatchObject({
        kind: 'protocol',
        reason: 'signature',
      });
    } finally {
      await proxy.stop();
    }
  });

  it.each([
    ['NEGOTIATE', 0],
    ['the challenge', 1],
    ['the end of the logon', 2],
  ])('ends with an error, whichever byte of %s is changed on its way', async (_, frame) => {
    server = await startScriptedServer(credential, {});
    const frameBytes: number[] = [];
    let changedAt = -1;
    let seen = 0;
    const proxy = await startProxy(server.port, (data) => {
      if (seen === frame && changedAt >= 0) data[changedAt]! ^= 0x81;
      frameBytes[seen++] = data.length;
    });
    const connect = (): Promise<SmbSession> => {
      seen = 0;
      return SmbSession.connect(proxy, credential, { deadlineMs: 1000 });
    };
    try {
      (await connect()).close();
      // The four bytes before the message say how long it is; a changed length is a matter of the deadline.
      for (changedAt = 4; changedAt < frameBytes[frame]!; changedAt += 1) await failure(connect());
    } finally {
      await proxy.stop();
    }
  });

  it('gives up when an answer does not come within the deadline, and says for how long it waited', async () => {
    server = await startScriptedServer(credential, {});
    session = await SmbSession.connect(server, credential, { deadlineMs: 100 });
    const error = await failure(session.tree('C$'));
    expect(error).toMatchObject({ kind: 'unreachable', reason: 'deadline' });
    expect(error.message).toContain('100 ms');
  });

  it('names an account that is locked', async () => {
    await logOn({
      onRequest: (_, __, reply) => reply(ErrorResponse, noDetails, { status: ntstatus.accountLockedOut }),
    });
    expect(await failure(session!.tree('C$'))).toMatchObject({
      kind: 'denied',
      reason: 'accountLocked',
      codeName: 'STATUS_ACCOUNT_LOCKED_OUT',
    });
  });
});

describe('something else on the port', () => {
  const talkTo = async (onConnection: (socket: Socket) => void): Promise<RemoteError> => {
    const listener = await startListener(onConnection);
    try {
      return await failure(SmbSession.connect(listener, credential, { deadlineMs: 200 }));
    } finally {
      await listener.stop();
    }
  };

  it.each([
    ['SSH-2.0-OpenSSH_9.2\r\n', 'an SSH server'],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'a web server'],
    ['\x00\x00\x00\x08whatever', 'not an SMB 2 message'],
    ['\x00\xff\xff\xffgarbage!', 'does not speak SMB'],
  ])('that says %j is called what it is', async (banner, text) => {
    const error = await talkTo((socket) => socket.write(banner, 'latin1'));
    expect(error).toMatchObject({ kind: 'protocol', reason: 'notWindows' });
    expect(error.message).toContain(text);
  });

  it('that answers in SMB 1 is told apart', async () => {
    const answer = Buffer.from('00000024ff534d4272', 'hex');
    const error = await talkTo((socket) => socket.write(Buffer.concat([answer, Buffer.alloc(31)])));
    expect(error).toMatchObject({ kind: 'protocol', reason: 'smb1Only' });
  });

  it('that hangs up on SMB 2 and answers SMB 1 is told apart too', async () => {
    const error = await talkTo((socket) =>
      socket.once('data', (data) => {
        if (data[4] === 0xff) socket.write(Buffer.from('00000004ff534d42', 'hex'));
        else socket.end();
      }),
    );
    expect(error).toMatchObject({ kind: 'protocol', reason: 'smb1Only' });
  });

  it('that hangs up is a lost connection', async () => {
    expect(await talkTo((socket) => socket.end())).toMatchObject({
      kind: 'unreachable',
      reason: 'connectionLost',
    });
  });

  it('that says nothing is late', async () => {
    expect(await talkTo(() => undefined)).toMatchObject({ kind: 'unreachable', reason: 'deadline' });
  });

  it('that refuses connections is a closed port', async () => {
    const { address, port, stop } = await startListener(() => undefined);
    await stop();
    expect(await failure(SmbSession.connect({ address, port, name: 'PC7' }, credential))).toMatchObject({
      kind: 'unreachable',
      reason: 'connectionRefused',
      host: 'PC7',
    });
  });
});

interface Listener {
  address: string;
  port: number;
  stop(): Promise<void>;
}

async function startListener(onConnection: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // The client breaks connections on purpose.
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port, stop };
}

/** Passes bytes both ways and lets `change` touch what the server says. */
const startProxy = (port: number, change: (data: Buffer) => void): Promise<Listener> =>
  startListener((socket) => {
    const upstream = new (socket.constructor as typeof Socket)();
    upstream.connect(port, '127.0.0.1');
    upstream.on('error', () => socket.destroy());
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    socket.on('data', (data) => upstream.write(data));
    upstream.on('data', (data) => {
      change(data);
      socket.write(data);
    });
  });
