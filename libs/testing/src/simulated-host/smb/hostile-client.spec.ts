import { connect as connectSocket } from 'node:net';
import { BindBody, encodePdu, ndr32, pduTypes, svcctl } from '@drover/windows-remote/protocol';
import { WindowsCredential, WindowsHost } from '@drover/windows-remote';
import { defaultPassword, startSimulatedFleet, type SimulatedFleet } from '../fleet';
import type { SimulatedHost } from '../simulated-host';

let fleet: SimulatedFleet;
let host: SimulatedHost;
beforeAll(async () => {
  fleet = await startSimulatedFleet({ count: 1, subnet: '127.13.6' });
  host = fleet.hosts[0] as SimulatedHost;
});
afterAll(() => fleet.close());

/** The same bytes in every run: a small linear congruence. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state * 48_271) % 0x7fff_ffff;
    yield state;
  }
}

/** A copy with a few bytes changed. */
function mutated(bytes: Buffer, random: Generator<number, never>): Buffer {
  const copy = Buffer.from(bytes);
  for (let count = 0; count < 1 + (random.next().value % 4); count += 1) {
    copy[random.next().value % copy.length] = random.next().value & 0xff;
  }
  return copy.subarray(0, random.next().value % 8 === 0 ? random.next().value % copy.length : copy.length);
}

/** Sends bytes to the computer and resolves when it has ended the connection, or gone quiet over it. */
const send = (frames: Buffer[]): Promise<void> =>
  new Promise((resolve) => {
    const socket = connectSocket(host.port, host.address, () => {
      for (const frame of frames) {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(frame.length);
        socket.write(Buffer.concat([length, frame]));
      }
      socket.end();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.resume();
  });

/** What our own client says up to its logon, as frames. */
async function recordedLogon(): Promise<Buffer[]> {
  const { createServer } = await import('node:net');
  const frames: Buffer[] = [];
  const relay = createServer((client) => {
    const upstream = connectSocket(host.port, host.address);
    client.on('data', (chunk) => {
      frames.push(chunk.subarray(4));
      upstream.write(chunk);
    });
    upstream.pipe(client);
    client.on('close', () => upstream.destroy());
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const { port } = relay.address() as { port: number };
  const credential = new WindowsCredential({ username: 'Administrator', password: defaultPassword });
  const remote = await WindowsHost.connect({ address: '127.0.0.1', port }, credential);
  await remote.close();
  await new Promise<void>((resolve) => relay.close(() => resolve()));
  return frames;
}

describe('a simulated computer and a client that sends nonsense', () => {
  it('survives changed frames of a logon, and answers the next client', async () => {
    const frames = await recordedLogon();
    const random = numbers(1);
    for (let round = 0; round < 150; round += 1) {
      const broken = random.next().value % frames.length;
      await send(frames.map((frame, index) => (index === broken ? mutated(frame, random) : frame)));
    }
    const credential = new WindowsCredential({ username: 'Administrator', password: defaultPassword });
    await (await WindowsHost.connect(host, credential)).close();
    await host.ledger.waitFor((entry) => entry.event === 'sessionClosed' && host.ledger.openSessions === 0);
  });

  it('survives changed RPC messages', () => {
    const syntax = { uuid: svcctl.uuid, version: svcctl.major };
    const contexts = [
      { id: 0, abstractSyntax: syntax, transferSyntaxes: [{ uuid: ndr32.uuid, version: ndr32.version }] },
    ];
    const bind = encodePdu({
      type: pduTypes.bind,
      callId: 1,
      body: BindBody.encode({ maxTransmitBytes: 4280, maxReceiveBytes: 4280, associationGroup: 0, contexts }),
    });
    const call = encodePdu({
      type: pduTypes.request,
      callId: 2,
      body: Buffer.from(`00000000${'00000f00'}${'00'.repeat(16)}`, 'hex'),
    });
    const random = numbers(2);
    for (const pipe of ['svcctl', 'winreg', 'atsvc']) {
      for (let round = 0; round < 400; round += 1) {
        const endpoint = host.openPipe(pipe, { connection: 0, username: 'x', isAdministrator: true });
        endpoint?.receive(round % 2 === 0 ? bind : mutated(bind, random));
        endpoint?.receive(mutated(call, random));
        endpoint?.close();
      }
    }
  });
});
