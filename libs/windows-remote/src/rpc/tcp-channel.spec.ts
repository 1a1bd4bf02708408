import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { RemoteError } from '../status/remote-error';
import { endpointMapper, findPort, openTcp } from './endpoint-mapper';
import { decodeFields, encodeFields } from './ndr';
import {
  BindAckBody,
  decodePdu,
  encodePdu,
  ndr32,
  pduBytes,
  pduTypes,
  RequestBody,
  ResponseBody,
} from './pdu';
import { procedure, rpcInterface } from './procedure';
import { RpcClient } from './rpc-client';
import type { TcpChannelOptions } from './tcp-channel';
import { encodeTower, portOfTower } from './tower';

const address = '127.31.1.20';
const anybody = rpcInterface({
  uuid: '12345678-9abc-def0-0123-456789abcdef',
  major: 1,
  minor: 0,
  pipeName: 'anybody',
  procedures: { act: procedure(1, {}, {}) },
});

type Answer = (request: { callId: number; stub: Buffer }, socket: Socket) => void;

/** A server on one port that accepts every bind and leaves requests to the test. */
async function serve(answer: Answer, ack = true) {
  const received: number[] = [];
  const sockets = new Set<Socket>();
  const ended = new Map<Socket, Promise<void>>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => sockets.delete(socket));
    ended.set(socket, new Promise((resolve) => socket.once('close', () => resolve())));
    let waiting = Buffer.alloc(0);
    socket.on('data', (data) => {
      waiting = Buffer.concat([waiting, data]);
      for (let size = pduBytes(waiting); size !== undefined && waiting.length >= size;) {
        const pdu = decodePdu(waiting.subarray(0, size));
        waiting = waiting.subarray(size);
        size = pduBytes(waiting);
        received.push(pdu.type);
        if (pdu.type === pduTypes.bind && ack) socket.write(bindAck());
        if (pdu.type === pduTypes.request)
          answer({ callId: pdu.callId, stub: RequestBody.decode(pdu.body).stub }, socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port, received, ended: () => Promise.all(ended.values()), close };
}

const bindAck = (): Buffer =>
  encodePdu({
    type: pduTypes.bindAck,
    callId: 1,
    body: BindAckBody.encode({
      maxTransmitBytes: 4_280,
      maxReceiveBytes: 4_280,
      associationGroup: 1,
      secondaryAddress: '1',
      results: { list: [{ result: 0, reason: 0, transferSyntax: ndr32 }] },
    }),
  });

const response = (callId: number, stub: Buffer): Buffer =>
  encodePdu({
    type: pduTypes.response,
    callId,
    body: ResponseBody.encode({ allocationHint: stub.length, contextId: 0, cancelCount: 0, stub }),
  });

const options = (port: number, more: Partial<TcpChannelOptions> = {}): TcpChannelOptions => ({
  address,
  port,
  host: 'PC-7',
  connectTimeoutMs: 5_000,
  deadlineMs: 5_000,
  traffic: { flights: 0, bytesSent: 0, bytesReceived: 0 },
  ...more,
});

const open = (more: TcpChannelOptions): Promise<RpcClient> =>
  RpcClient.open(anybody, { openPipe: openTcp(more), host: 'PC-7' });
const act = (client: RpcClient) => client.call(anybody.procedures.act, {}, 'could not act');

describe('RPC over TCP', () => {
  let server: Awaited<ReturnType<typeof serve>>;
  afterEach(() => server.close());

  it('puts an answer together that arrives byte by byte, and counts its flights', async () => {
    server = await serve(({ callId }, socket) => {
      for (const one of response(callId, Buffer.alloc(9))) socket.write(Buffer.from([one]));
    });
    const where = options(server.port);
    const client = await open(where);
    await act(client);
    await act(client);
    expect(where.traffic.flights).toBe(4);
    await client.close();
    await expect(act(client)).rejects.toMatchObject({ kind: 'unreachable', reason: 'aborted' });
  });

  it('cancels a call at its deadline, says so to the server, and uses the connection no more', async () => {
    server = await serve(() => undefined);
    const client = await open(options(server.port, { deadlineMs: 50 }));
    await expect(act(client)).rejects.toMatchObject({
      kind: 'unreachable',
      reason: 'deadline',
      host: 'PC-7',
    });
    expect(client.isUsable).toBe(false);
    await server.ended();
    expect(server.received.slice(-2)).toEqual([pduTypes.cancel, pduTypes.orphaned]);
  });

  it('is given up by a signal in the middle of a call', async () => {
    const abort = new AbortController();
    server = await serve(() => abort.abort());
    const client = await open(options(server.port, { signal: abort.signal }));
    await expect(act(client)).rejects.toMatchObject({ reason: 'aborted' });
    await server.ended();
    expect(server.received.slice(-2)).toEqual([pduTypes.cancel, pduTypes.orphaned]);
    await expect(open(options(server.port, { signal: abort.signal }))).rejects.toMatchObject({
      reason: 'aborted',
    });
  });

  it('sends nothing when the caller holds the flight back and then refuses it', async () => {
    server = await serve(() => undefined);
    const beforeFlight = (): Promise<void> => Promise.reject(new Error('the lease is lost'));
    await expect(open(options(server.port, { beforeFlight }))).rejects.toMatchObject({ reason: 'aborted' });
    await server.ended();
    expect(server.received).toEqual([]);
  });

  it('does not wait for ever for a bind that is not answered', async () => {
    server = await serve(() => undefined, false);
    await expect(open(options(server.port, { deadlineMs: 50 }))).rejects.toMatchObject({
      reason: 'deadline',
    });
    await server.ended();
  });

  it('reports a connection that breaks in the middle of an answer', async () => {
    server = await serve(({ callId }, socket) => {
      socket.end(response(callId, Buffer.alloc(40)).subarray(0, 30));
    });
    const client = await open(options(server.port));
    await expect(act(client)).rejects.toMatchObject({ kind: 'unreachable', reason: 'connectionLost' });
  });

  it('asks the endpoint mapper for a port, and tells when there is none', async () => {
    const asked: (number | undefined)[] = [];
    const answers = [
      { towers: [encodeTower(anybody, 0), encodeTower(anybody, 49_777)], status: 0 },
      { towers: [], status: 0x16c9_a0d6 },
    ];
    server = await serve(({ callId, stub }, socket) => {
      const { map } = endpointMapper.procedures;
      asked.push(portOfTower(decodeFields(map.input, stub).tower ?? Buffer.alloc(0)));
      const { towers, status } = answers.shift()!;
      const output = { entry: Buffer.alloc(20), towerCount: towers.length, towers, status };
      socket.write(response(callId, encodeFields(map.output, output)));
    });
    expect(await findPort(anybody, options(server.port))).toBe(49_777);
    const failure = await findPort(anybody, options(server.port)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RemoteError);
    expect(failure).toMatchObject({ kind: 'refused', reason: 'notFound', codeName: 'EP_S_NOT_REGISTERED' });
    expect(asked).toEqual([0, 0]);
  });
});
