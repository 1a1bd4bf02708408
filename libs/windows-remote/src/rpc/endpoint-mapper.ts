/** The endpoint mapper on TCP port 135, [C706] appendix O and [MS-RPCE] 2.2.1.2: which port an interface listens on. */
import { RemoteError } from '../status/remote-error';
import { contextHandle, dword, guid, unique, varyingArray } from './ndr';
import type { RpcInterface } from './procedure';
import { procedure, rpcInterface } from './procedure';
import { RpcClient } from './rpc-client';
import { TcpChannel } from './tcp-channel';
import type { TcpChannelOptions } from './tcp-channel';
import { encodeTower, portOfTower, towerBytes } from './tower';

export const endpointMapper = rpcInterface({
  uuid: 'e1af8308-5d1f-11c9-91a4-08002b14a0fa',
  major: 3,
  minor: 0,
  pipeName: 'epmapper',
  procedures: {
    /** ept_map, [MS-RPCE] 2.2.1.2.5. */
    map: procedure(
      3,
      { object: unique(guid), tower: unique(towerBytes), entry: contextHandle, towersMax: dword },
      { entry: contextHandle, towerCount: dword, towers: varyingArray(unique(towerBytes)), status: dword },
    ),
  },
});

export const endpointMapperPort = 135;
const towersMax = 8;
/** EP_S_NOT_REGISTERED, [MS-RPCE] 2.2.1.2.5. */
const notRegistered = 0x16c9_a0d6;
const nobody = Buffer.alloc(20);

/**
 * Asks on which TCP port an interface listens. The question is not authenticated, as Windows' own is not: a lie leads to
 * a port where the bind fails, because that one is authenticated.
 * @param options with the endpoint mapper's own port
 * @throws RemoteError 'refused'/'notFound' when the interface is not registered.
 */
export async function findPort(target: RpcInterface, options: TcpChannelOptions): Promise<number> {
  const { host } = options;
  const doing = `could not find ${target.pipeName} by the endpoint mapper`;
  const client = await RpcClient.open(endpointMapper, { openPipe: openTcp(options), host });
  try {
    const input = { object: undefined, tower: encodeTower(target), entry: nobody, towersMax };
    const { towers, status } = await client.call(endpointMapper.procedures.map, input, doing);
    if (status !== 0 && status !== notRegistered)
      throw new RemoteError('refused', 'other', doing, { host, code: status });
    const ports = towers.map((tower) => tower && portOfTower(tower)).filter((port) => port !== undefined);
    const [port] = ports.filter((found) => found !== 0);
    if (port === undefined)
      throw new RemoteError('refused', 'notFound', doing, {
        host,
        code: notRegistered,
        codeName: 'EP_S_NOT_REGISTERED',
      });
    return port;
  } finally {
    await client.close();
  }
}

/** Opens what `RpcClient.open` needs, over TCP. */
export const openTcp = (options: TcpChannelOptions) => async (_pipeName: string, bind: Buffer) => {
  const pipe = await TcpChannel.connect(options);
  try {
    return { pipe, reply: await pipe.transact(bind) };
  } catch (error) {
    await pipe.close();
    throw error;
  }
};
